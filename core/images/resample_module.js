// In JavaScript, since TypeScript does not know imports of a WebAssembly module's source yet.
import source resample from "./resample.wasm";

/** `resample.wasm`, compiled. @type {WebAssembly.Module} */
export const RESAMPLE = resample;
