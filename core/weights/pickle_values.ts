/** The values of a pickle: plain data, and objects that a host defines. No Python code is ever run. */

/** A tuple, distinct from a list because pickles treat the two differently. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** The base of everything a {@linkcode PickleHost} creates; the pickle machine passes it on without looking inside. */
export abstract class PickleObject {
  /** Makes the type nominal: other classes are not assignable to it. */
  readonly isPickleObject = true;
}

/** A class or function that a pickle names. */
export class PickleGlobal extends PickleObject {
  /**
   * @param call returns the result of calling it with positional arguments; absent if it cannot be called
   */
  constructor(readonly name: string, readonly call?: (args: readonly PickleValue[]) => PickleValue) {
    super();
  }
}

/**
 * Stands for an object whose class is not known here. Nothing of the class is imported or run: the object only keeps the
 * data that the pickle gives it.
 */
export class OpaqueObject extends PickleObject {
  /** Its attributes (`__dict__`), if the pickle has any. */
  state: PickleValue = null;
  /** Its items, if it is a kind of dictionary. */
  readonly items = new Map<PickleValue, PickleValue>();

  /** @param className its class, or the function that made it */
  constructor(readonly className: string) {
    super();
  }
}

/** A value of a pickle. Dictionaries are maps (keys compare by identity), Python's int is a bigint above 2^53. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleObject;

/** Resolves what a pickle names but does not contain. */
export interface PickleHost {
  /**
   * The class or function `module.name`.
   *
   * @throws {BneckError} if it makes what cannot be read
   */
  findGlobal(module: string, name: string): PickleGlobal;
  /** The object for a persistent id. */
  findPersistent(id: PickleValue): PickleValue;
}
