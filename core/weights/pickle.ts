/**
 * Python's pickle format, protocols 2 to 5, as a stack machine that only builds data: the opcodes that `torch.save`
 * writes (CPython `Lib/pickletools.py`). It is iterative, so nesting uses no call stack.
 */
import type { ByteReader } from "./byte_reader.ts";
import {
  OpaqueObject,
  PickleGlobal,
  type PickleHost,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** The maximum number of opcodes; a checkpoint of 1000 tensors has about 50 000. */
export const MAX_OPERATIONS = 2 ** 22;

/** The maximum number of lists, dictionaries, tuples and objects; an opcode of one byte can cost 200 bytes of memory. */
export const MAX_CONTAINERS = 2 ** 18;

/** The maximum length of an integer in bytes. */
const MAX_INTEGER_BYTES = 256;

const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/**
 * Reads one pickle from `reader`, which then stands after the end of the pickle.
 *
 * @throws {BneckError} if the pickle is malformed or too large, or uses an opcode that `torch.save` does not; what `host`
 * throws is thrown as it is
 */
export function unpickle(reader: ByteReader, host: PickleHost): PickleValue {
  return new PickleMachine(reader, host).run();
}

class PickleMachine {
  readonly #reader: ByteReader;
  readonly #host: PickleHost;
  readonly #stack: PickleValue[] = [];
  /** The stack's height at each open mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #containers = 0;

  constructor(reader: ByteReader, host: PickleHost) {
    this.#reader = reader;
    this.#host = host;
  }

  run(): PickleValue {
    for (let operations = 0; operations < MAX_OPERATIONS; operations++) {
      const opcode = this.#reader.u8();
      if (opcode === 0x2e /* STOP */) return this.#pop();
      this.#step(opcode);
    }
    throw this.#malformed(`more than ${MAX_OPERATIONS} opcodes`);
  }

  #step(opcode: number): void {
    const reader = this.#reader;
    switch (opcode) {
      case 0x80: { // PROTO
        const protocol = reader.u8();
        if (protocol > 5) throw this.#malformed(`unsupported protocol ${protocol}`);
        return;
      }
      case 0x95: // FRAME
        reader.u64();
        return;

      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(reader.i32());
      case 0x4b: // BININT1
        return this.#push(reader.u8());
      case 0x4d: // BININT2
        return this.#push(reader.u16());
      case 0x8a: // LONG1
        return this.#push(this.#integer(reader.u8()));
      case 0x8b: // LONG4
        return this.#push(this.#integer(reader.u32()));
      case 0x47: // BINFLOAT
        return this.#push(reader.float64BigEndian());

      case 0x8c: // SHORT_BINUNICODE
        return this.#push(utf8.decode(reader.take(reader.u8())));
      case 0x58: // BINUNICODE
        return this.#push(utf8.decode(reader.take(reader.u32())));
      case 0x8d: // BINUNICODE8
        return this.#push(utf8.decode(reader.take(reader.u64())));
      case 0x55: // SHORT_BINSTRING
        return this.#push(latin1.decode(reader.take(reader.u8())));
      case 0x54: // BINSTRING
        return this.#push(latin1.decode(reader.take(reader.u32())));
      case 0x43: // SHORT_BINBYTES
        return this.#pushContainer(reader.take(reader.u8()));
      case 0x42: // BINBYTES
        return this.#pushContainer(reader.take(reader.u32()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#pushContainer(reader.take(reader.u64()));

      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        return;
      case 0x30: // POP
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case 0x31: // POP_MARK
        this.#popToMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());

      case 0x29: // EMPTY_TUPLE
        return this.#pushContainer(new PickleTuple([]));
      case 0x74: // TUPLE
        return this.#pushContainer(new PickleTuple(this.#popToMark()));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: { // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, () => this.#pop());
        return this.#pushContainer(new PickleTuple(items.reverse()));
      }
      case 0x5d: // EMPTY_LIST
        return this.#pushContainer([]);
      case 0x6c: // LIST
        return this.#pushContainer(this.#popToMark());
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
        return this.#append(this.#popToMark());
      case 0x7d: // EMPTY_DICT
        return this.#pushContainer(new Map());
      case 0x64: { // DICT
        const items = this.#popToMark();
        this.#pushContainer(new Map());
        return this.#setItems(items);
      }
      case 0x73: { // SETITEM
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark());
      case 0x8f: // EMPTY_SET
        return this.#pushContainer(new Set());
      case 0x90: // ADDITEMS
        return this.#addItems(this.#popToMark());
      case 0x91: // FROZENSET
        return this.#pushContainer(new Set(this.#popToMark()));

      case 0x68: // BINGET
        return this.#push(this.#recall(reader.u8()));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#recall(reader.u32()));
      case 0x71: // BINPUT
        this.#memo.set(reader.u8(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(reader.u32(), this.#top());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;

      case 0x63: { // GLOBAL
        const module = reader.line();
        return this.#pushContainer(this.#host.findGlobal(module, reader.line()));
      }
      case 0x93: { // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#malformed("the name of a global is not a string");
        }
        return this.#pushContainer(this.#host.findGlobal(module, name));
      }
      case 0x52: // REDUCE
      case 0x81: { // NEWOBJ
        const args = this.#pop();
        return this.#call(this.#pop(), args);
      }
      case 0x92: { // NEWOBJ_EX
        this.#pop(); // Keyword arguments.
        const args = this.#pop();
        return this.#call(this.#pop(), args);
      }
      case 0x62: { // BUILD: attributes, which neither plain data nor the host's own objects need
        const state = this.#pop();
        const target = this.#top();
        if (!(target instanceof Map || target instanceof PickleObject)) {
          throw this.#malformed("BUILD on a value without attributes");
        }
        if (target instanceof OpaqueObject) target.state = state;
        return;
      }
      case 0x51: // BINPERSID
        return this.#pushContainer(this.#host.findPersistent(this.#pop()));

      default:
        throw this.#malformed(
          `unsupported opcode 0x${opcode.toString(16).padStart(2, "0")}, which torch.save does not write`,
        );
    }
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pushContainer(value: PickleValue): void {
    if (++this.#containers > MAX_CONTAINERS) {
      throw this.#malformed(`more than ${MAX_CONTAINERS} objects`);
    }
    this.#stack.push(value);
  }

  #top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.#malformed("stack underflow");
    }
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#malformed("no mark on the stack");
    return this.#stack.splice(mark);
  }

  #recall(key: number): PickleValue {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.#malformed(`nothing stored in the memo at ${key}`);
    return value;
  }

  #append(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (Array.isArray(target)) { for (const item of items) target.push(item); }
    else if (!(target instanceof PickleObject)) {
      throw this.#malformed("append to a value that is not a list");
    }
  }

  #setItems(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (items.length % 2 !== 0) throw this.#malformed("dictionary key without a value");
    const dictionary = target instanceof OpaqueObject ? target.items : target;
    if (dictionary instanceof Map) {
      for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
    } else if (!(target instanceof PickleObject)) {
      throw this.#malformed("item set on a value that is not a dictionary");
    }
  }

  #addItems(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (target instanceof Set) { for (const item of items) target.add(item); }
    else if (!(target instanceof PickleObject)) {
      throw this.#malformed("item added to a value that is not a set");
    }
  }

  #call(callee: PickleValue, args: PickleValue): void {
    // A function that another function made.
    if (callee instanceof OpaqueObject && args instanceof PickleTuple) {
      return this.#pushContainer(new OpaqueObject(callee.className));
    }
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
      throw this.#malformed("call of a value that is not a function");
    }
    if (callee.call === undefined) {
      throw this.#malformed(`call of ${quote(callee.name)}, which is not callable here`);
    }
    // The callee may copy the lists it gets, and the same list can be passed many times.
    for (const item of args.items) if (Array.isArray(item)) this.#containers += item.length;
    this.#pushContainer(callee.call(args.items));
  }

  /** A little-endian two's complement integer of `length` bytes. */
  #integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.#malformed(`integer of ${length} bytes`);
    const bytes = this.#reader.take(length);
    if (length === 0) return 0;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse().join("");
    const value = BigInt.asIntN(8 * length, BigInt(`0x${hex}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #malformed(reason: string): Error {
    return unreadable(this.#reader.name, `its pickle is malformed or too large: ${reason}`);
  }
}
