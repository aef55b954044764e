/** The layout of a WebAssembly module's memory. */

/** Bytes per page of WebAssembly's memory. */
const PAGE = 65_536;

/** Bytes that vector instructions may read or write beyond the last value. */
const SPARE = 64;

/** Allocates from the start of a module's memory, one place after another. */
export class MemoryLayout {
  #length = 0;

  constructor(readonly memory: WebAssembly.Memory) {}

  /** The address of the next `length` bytes, a multiple of 16. */
  place(length: number): number {
    const start = this.#length;
    this.#length += Math.ceil((length + SPARE) / 16) * 16;
    return start;
  }

  /** The memory, grown to contain all places; growing it again detaches these views. */
  views() {
    const missing = this.#length - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = this.memory;
    return { bytes: new Uint8Array(buffer), ints: new Int32Array(buffer), floats: new Float32Array(buffer) };
  }
}
