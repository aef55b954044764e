// In JavaScript, since TypeScript does not know imports of a WebAssembly module's source yet.
import source labelCells from "./label_cells.wasm";

/** `label_cells.wasm`, compiled. @type {WebAssembly.Module} */
export const LABEL_CELLS = labelCells;
