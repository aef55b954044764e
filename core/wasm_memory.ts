/** Where things lie in the memory of a WebAssembly module. */

/** WebAssembly's memory grows in pages of this many bytes. */
const PAGE = 65_536;

/** Instructions that take many values at once may read or write so many bytes beyond the last. */
const SPARE = 64;

/** Hands out places from the start of a module's memory, one after the other. */
export class MemoryLayout {
  #length = 0;

  constructor(readonly memory: WebAssembly.Memory) {}

  /** The address of the next `length` bytes, a multiple of 16. */
  place(length: number): number {
    const start = this.#length;
    this.#length += Math.ceil((length + SPARE) / 16) * 16;
    return start;
  }

  /** The memory, made large enough for all places; a module that grows it again makes these views useless. */
  views() {
    const missing = this.#length - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = this.memory;
    return { bytes: new Uint8Array(buffer), ints: new Int32Array(buffer), floats: new Float32Array(buffer) };
  }
}
