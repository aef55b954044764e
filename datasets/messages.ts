/** Wording that the errors of data sets share. */

/** The file names that errors about one pair of label images name. */
export interface PairNames {
  readonly prediction: string;
  readonly truth: string;
}

/** What errors say where the images do not come from files. */
export const UNNAMED_PAIR: PairNames = { prediction: "the prediction", truth: "the ground truth" };

/** `"1 pixel"`, `"1,200 pixels"`. */
export function quantity(count: number, noun: string): string {
  return `${count.toLocaleString("en-GB")} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first ten of `items` on a line each, and how many more there are. */
export function firstTen(items: readonly string[], total: number = items.length): string {
  const lines = items.slice(0, 10).map((item) => `\n  ${item}`).join("");
  return total > 10 ? `${lines}\n  … and ${total - 10} more` : lines;
}

/** Ids with neighbours drawn together: `"0 to 18 and 255"`. */
export function idRanges(ids: Iterable<number>): string {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i++];
    let last = first;
    while (i < sorted.length && sorted[i] === last + 1) last = sorted[i++];
    if (last - first >= 2) ranges.push(`${first} to ${last}`);
    else for (let id = first; id <= last; id++) ranges.push(`${id}`);
  }
  const end = ranges.pop() ?? "none";
  return ranges.length > 0 ? `${ranges.join(", ")} and ${end}` : end;
}
