/** Which blocks run in int8: as many as are faster, as far as the results stay good. */

/** A block that could run in int8. */
export interface Candidate {
  readonly name: string;
  /** Milliseconds that int8 saves. */
  readonly gain: number;
  /** What int8 in this block alone does to the results; 0 is nothing. */
  readonly harm: number;
}

/**
 * Chooses blocks: first all that are faster in int8; those that do the most harm for what they save are left in float until
 * the result is good, which is looked for by halving.
 *
 * @param isGood whether the network is good enough with these blocks in int8
 * @returns `undefined` if no block can be int8
 */
export async function chooseBlocks(
  candidates: readonly Candidate[],
  isGood: (names: ReadonlySet<string>) => Promise<boolean>,
): Promise<ReadonlySet<string> | undefined> {
  const ordered = candidates.filter(({ gain }) => gain > 0)
    .sort((a, b) => a.harm / a.gain - b.harm / b.gain);
  const first = (count: number) => new Set(ordered.slice(0, count).map(({ name }) => name));
  if (ordered.length === 0) return undefined;
  if (await isGood(first(ordered.length))) return first(ordered.length);
  // `good` blocks are good, `bad` are not.
  let [good, bad] = [0, ordered.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (await isGood(first(middle))) good = middle;
    else bad = middle;
  }
  return good === 0 ? undefined : first(good);
}
