/** WebAssembly modules and the layout of their memory. */

/** Bytes per page of WebAssembly's memory. */
const PAGE = 65_536;

/** Bytes that vector instructions may read or write beyond the last value. */
const SPARE = 64;

/** Bytes of memory that an instance may keep: more than photos of 12 megapixels need. */
export const MAX_KEPT = 8 * 2 ** 20;

/**
 * The instance of a WebAssembly module that imports nothing. Memory of WebAssembly never shrinks, so an instance whose memory
 * has grown above {@linkcode MAX_KEPT} is used once and left to the garbage collector.
 */
export class WasmInstance<Exports extends { readonly memory: WebAssembly.Memory }> {
  #exports: Exports | undefined;

  constructor(private readonly module: WebAssembly.Module) {}

  /** What `use` returns, which gets the functions and the memory of the module, with whatever was left in it. */
  use<T>(use: (exports: Exports) => T): T {
    // What a module exports is known to whoever wrote it.
    const exports = this.#exports ??= new WebAssembly.Instance(this.module).exports as unknown as Exports;
    try {
      return use(exports);
    } finally {
      if (exports.memory.buffer.byteLength > MAX_KEPT) this.#exports = undefined;
    }
  }
}

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
