/** Lets asynchronous code wait until something holds; whoever changes what it depends on calls `notify`. */
export class Condition {
  #wakers: (() => void)[] = [];

  /** Resolves once `holds()`; it is asked again after each {@linkcode notify}. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((wake) => this.#wakers.push(wake));
  }

  /** Makes all that wait look again. */
  notify(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
