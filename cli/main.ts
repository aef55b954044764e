/**
 * The entry of the program `bneck`.
 *
 * @module
 */
import { runBneck } from "./app.ts";
import { runProcess } from "./process.ts";

if (import.meta.main) await runProcess(runBneck);
