import assert from "node:assert/strict";
import { type ColorChoice, colors, wantsColor } from "../../../cli/console/colors.ts";

const wants = (choice: ColorChoice, env: Record<string, string>, isTerminal: boolean) =>
  wantsColor(choice, (name) => env[name], isTerminal);

Deno.test("a terminal is coloured, a pipe is not", () => {
  assert.equal(wants("auto", {}, true), true);
  assert.equal(wants("auto", {}, false), false);
  assert.equal(wants("auto", { TERM: "dumb" }, true), false);
});

Deno.test("NO_COLOR wins over the terminal and over FORCE_COLOR, unless it is empty", () => {
  assert.equal(wants("auto", { NO_COLOR: "1" }, true), false);
  assert.equal(wants("auto", { NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
  assert.equal(wants("auto", { NO_COLOR: "" }, true), true);
});

Deno.test("FORCE_COLOR colours a pipe, and 0 or false a terminal no more", () => {
  assert.equal(wants("auto", { FORCE_COLOR: "1" }, false), true);
  assert.equal(wants("auto", { FORCE_COLOR: "0" }, true), false);
  assert.equal(wants("auto", { FORCE_COLOR: "false" }, true), false);
});

Deno.test("--color wins over everything", () => {
  assert.equal(wants("always", { NO_COLOR: "1" }, false), true);
  assert.equal(wants("never", { FORCE_COLOR: "1" }, true), false);
});

Deno.test("without colour, text stays as it is", () => {
  assert.equal(colors(false).red("x"), "x");
  assert.equal(colors(true).red("x"), "\x1b[31mx\x1b[39m");
});
