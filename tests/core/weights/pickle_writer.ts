/** Writes pickles for tests, instruction by instruction. */

/** One value or instruction as bytes. */
export type Pickled = readonly number[];

export const MARK: Pickled = [0x28];
export const EMPTY_DICT: Pickled = [0x7d];
export const EMPTY_LIST: Pickled = [0x5d];
export const APPEND: Pickled = [0x61];
export const REDUCE: Pickled = [0x52];
export const BUILD: Pickled = [0x62];
export const DUP: Pickled = [0x32];
export const NONE: Pickled = [0x4e];
const STOP = 0x2e;

/** A whole pickle of protocol 2 that ends with what `parts` leave on the stack. */
export function pickle(...parts: readonly Pickled[]): Uint8Array {
  return Uint8Array.from([0x80, 2, ...parts.flat(), STOP]);
}

/** An integer, also one that is far too large. */
export function integer(value: number | bigint): Pickled {
  if (Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31) {
    return [0x4a, ...new Uint8Array(Int32Array.of(Number(value)).buffer)];
  }
  const bytes: number[] = [];
  for (let left = BigInt(value), i = 0; i < 12; i++, left >>= 8n) bytes.push(Number(left & 0xffn));
  return [0x8a, bytes.length, ...bytes];
}

export function float(value: number): Pickled {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  return [0x47, ...new Uint8Array(bytes.buffer)];
}

export function text(value: string): Pickled {
  const bytes = new TextEncoder().encode(value);
  return [0x58, ...new Uint8Array(Uint32Array.of(bytes.length).buffer), ...bytes];
}

export function global(module: string, name: string): Pickled {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

export function tuple(...items: readonly Pickled[]): Pickled {
  return [...MARK, ...items.flat(), 0x74];
}

export function list(...items: readonly Pickled[]): Pickled {
  return [...EMPTY_LIST, ...MARK, ...items.flat(), 0x65];
}

export function dictionary(...items: readonly (readonly [string, Pickled])[]): Pickled {
  return [...EMPTY_DICT, ...MARK, ...items.flatMap(([key, value]) => [...text(key), ...value]), 0x75];
}

export function call(callee: Pickled, ...args: readonly Pickled[]): Pickled {
  return [...callee, ...tuple(...args), ...REDUCE];
}

export function put(key: number): Pickled {
  return [0x72, ...new Uint8Array(Uint32Array.of(key).buffer)];
}

export function get(key: number): Pickled {
  return [0x6a, ...new Uint8Array(Uint32Array.of(key).buffer)];
}

/** A tensor as `torch.save` describes it; `storage` is the class and key of its storage and its number of elements. */
export interface PickledTensor {
  readonly storage: readonly [type: string, key: string, length: number | bigint];
  readonly offset?: number | bigint;
  readonly shape: readonly (number | bigint)[];
  readonly strides: readonly (number | bigint)[];
}

export function tensor({ storage: [type, key, length], offset = 0, shape, strides }: PickledTensor): Pickled {
  const id = tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(length));
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    [...id, 0x51],
    integer(offset),
    tuple(...shape.map(integer)),
    tuple(...strides.map(integer)),
    [0x89],
    call(global("collections", "OrderedDict")),
  );
}
