/** A priority queue of the indices of scores: largest score first, of equal ones the lowest index. */
export class ScoreQueue {
  readonly #scores: Float32Array;
  readonly #heap: Int32Array;
  #length: number;

  /** Takes time linear in the number of scores; each `pop` takes logarithmic time. */
  constructor(scores: Float32Array) {
    this.#scores = scores;
    this.#heap = Int32Array.from(scores.keys());
    this.#length = scores.length;
    for (let place = (this.#length >> 1) - 1; place >= 0; place--) this.#siftDown(place);
  }

  /** The next index, or −1 if the queue is empty. */
  pop(): number {
    if (this.#length === 0) return -1;
    const top = this.#heap[0];
    this.#heap[0] = this.#heap[--this.#length];
    this.#siftDown(0);
    return top;
  }

  #siftDown(from: number): void {
    const heap = this.#heap;
    const scores = this.#scores;
    const length = this.#length;
    const moving = heap[from];
    const score = scores[moving];
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      let best = heap[child];
      if (child + 1 < length) {
        const other = heap[child + 1];
        if (scores[other] > scores[best] || (scores[other] === scores[best] && other < best)) {
          best = other;
          child++;
        }
      }
      if (score > scores[best] || (score === scores[best] && moving < best)) break;
      heap[place] = best;
      place = child;
    }
    heap[place] = moving;
  }
}
