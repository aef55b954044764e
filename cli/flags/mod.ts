/**
 * Flags to build commands from. A parser gets the text after a flag and throws a usage error that says what it
 * expected; the frame puts the flag's name before it.
 *
 * @module
 */
export * from "./common.ts";
export * from "./gates.ts";
export * from "./images.ts";
export * from "./list.ts";
export * from "./number.ts";
export * from "./quantity.ts";
export * from "./size.ts";
export * from "./model.ts";
