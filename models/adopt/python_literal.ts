/** Lists and dictionaries as Python prints them, which ultralytics writes into its files. */

/** The maximum length of a literal that is read. */
const MAX_LENGTH = 1_000_000;

const ITEM = /\s*(?:(\d{1,6})\s*:\s*)?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|$)/y;

/** The strings in `{0: 'person', 1: 'car'}` or `['person', 'car']`; `undefined` for anything else. */
export function parseNames(text: string): string[] | undefined {
  const inner = /^\s*(?:\{([^]*)\}|\[([^]*)\])\s*$/.exec(text);
  if (!inner || text.length > MAX_LENGTH) return undefined;
  const items = (inner[1] ?? inner[2]).replace(/,\s*$/, "");
  const names: string[] = [];
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < items.length) {
    const match = ITEM.exec(items);
    if (!match) return undefined;
    const [, index, single, double] = match;
    if (index !== undefined && Number(index) !== names.length) return undefined;
    names.push((single ?? double).replace(/\\(.)/g, "$1"));
  }
  return names.length > 0 ? names : undefined;
}

/** The whole numbers in `[640, 640]`; `undefined` for anything else. */
export function parseNumbers(text: string): number[] | undefined {
  if (!/^\s*\[\s*\d{1,6}(\s*,\s*\d{1,6})*\s*\]\s*$/.test(text)) return undefined;
  return text.match(/\d+/g)!.map(Number);
}
