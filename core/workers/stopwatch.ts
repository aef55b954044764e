/** A function that returns the milliseconds since its previous call, or since it was created. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    return (last = performance.now()) - before;
  };
}
