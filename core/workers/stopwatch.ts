/** A clock that returns the milliseconds since it was last asked, or made. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    return (last = performance.now()) - before;
  };
}
