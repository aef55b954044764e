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
   * @throws {BneckError} unless it is on the host's allow-list
   */
  findGlobal(module: string, name: string): PickleGlobal;
  /** The object for a persistent id. */
  findPersistent(id: PickleValue): PickleValue;
}
