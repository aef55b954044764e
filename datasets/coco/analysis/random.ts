/**
 * Random numbers that a seed repeats on every machine.
 *
 * @module
 */

/** A function that returns whole numbers in `[0, bound)`; xorshift128 of Marsaglia (2003). */
export function randomIntegers(seed: number): (bound: number) => number {
  // The first state is spread over all bits of the seed, so that seeds 1 and 2 do not begin alike.
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let x = next(), y = next(), z = next(), w = next() | 1;
  return (bound) => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return Math.floor((w >>> 0) / 4294967296 * bound);
  };
}
