/** What a pickle can become here: plain data, and objects that a host defines. Nothing of Python's is ever run. */

/** A tuple, apart from a list because pickles use the two differently. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** The base of whatever a {@linkcode PickleHost} makes; the pickle machine hands it around without looking inside. */
export abstract class PickleObject {
  /** Keeps other classes from passing for this one. */
  readonly isPickleObject = true;
}

/** A class or function that a pickle names. */
export class PickleGlobal extends PickleObject {
  /**
   * @param call what calling it with positional arguments gives; absent if it is only ever handed around
   */
  constructor(readonly name: string, readonly call?: (args: readonly PickleValue[]) => PickleValue) {
    super();
  }
}

/** A value from a pickle. Dictionaries are maps (keys compare by identity), Python's int is a bigint above 2^53. */
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

/** Gives meaning to what a pickle names but does not contain. */
export interface PickleHost {
  /** The class or function `module.name`; throws unless it is on the host's allow-list. */
  findGlobal(module: string, name: string): PickleGlobal;
  /** The object for a persistent id. */
  findPersistent(id: PickleValue): PickleValue;
}
