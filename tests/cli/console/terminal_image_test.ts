import assert from "node:assert/strict";
import { protocolOf, terminalImage } from "../../../cli/console/terminal_image.ts";
import { runBneck } from "../../../cli/app.ts";
import { memoryRun } from "../../support/memory_host.ts";
import { STREET_PHOTO } from "../../support/street.ts";

/** Red above, blue below. */
const TWO = { width: 2, height: 2, data: Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255) };

Deno.test("a terminal is shown what it says that it knows", () => {
  assert.equal(protocolOf("\x1b_Gi=31;OK\x1b\\\x1b[?62;c"), "kitty");
  assert.equal(protocolOf("\x1b[?62;4;22c"), "sixel");
  assert.equal(protocolOf("\x1b[?62;22c"), "blocks");
  // The first number is the kind of terminal.
  assert.equal(protocolOf("\x1b[?4;22c"), "blocks");
  assert.equal(protocolOf("\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?62c"), "blocks");
  assert.equal(protocolOf(undefined), "blocks");
});

Deno.test("half blocks have the upper colour as text and the lower as ground", () => {
  assert.equal(terminalImage(TWO, "blocks", 80), "\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[0m\n");
  const wide = { width: 400, height: 200, data: new Uint8Array(400 * 200 * 3).fill(9) };
  const lines = terminalImage(wide, "blocks", 40).trimEnd().split("\n");
  assert.equal(lines.length, 10);
  assert.equal(lines[0].match(/▀/g)!.length, 40);
});

Deno.test("kitty gets pixels in parts, of which the last says so", () => {
  assert.equal(
    terminalImage(TWO, "kitty", 80),
    `\x1b_Ga=T,f=24,s=2,v=2,q=2,m=0;${TWO.data.toBase64()}\x1b\\\n`,
  );
  const large = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) };
  const parts = terminalImage(large, "kitty", 80).match(/m=([01]);/g)!;
  assert.deepEqual(parts, ["m=1;", "m=1;", "m=1;", "m=0;"]);
});

Deno.test("sixel draws each colour of a band by itself", () => {
  const text = terminalImage(TWO, "sixel", 80);
  // deno-lint-ignore no-control-regex
  assert.match(text, /^\x1bPq"1;1;2;2#0;2;0;0;0/);
  // Bit 0 is the upper row (63 + 1 = "@"), bit 1 the lower ("A").
  assert.ok(text.endsWith("#180@@$#5AA-\x1b\\\n"), text.slice(-30));
  const wide = { width: 100, height: 1, data: new Uint8Array(300) };
  assert.ok(terminalImage(wide, "sixel", 80).endsWith("#0!100@-\x1b\\\n"));
});

Deno.test("--show draws on terminals only", async () => {
  const args = ["segment", STREET_PHOTO, "-m", "street", "--show", "-j1"];
  const piped = memoryRun();
  assert.equal(await runBneck(args, piped.context), 2);
  assert.match(piped.stderr(), /--show draws on a terminal, and stdout is not one/);
  const shown = memoryRun({ terminal: { stdout: true }, columns: 60 });
  assert.equal(await runBneck(args, shown.context), 0, shown.stderr());
  assert.match(shown.stdout(), /▀/);
  assert.match(shown.stdout(), /image\.png:\s+road/);
  const kitty = memoryRun({ terminal: { stdout: true }, answer: "\x1b_Gi=31;OK\x1b\\\x1b[?62c" });
  assert.equal(await runBneck(args, kitty.context), 0);
  assert.ok(kitty.stdout().includes("\x1b_Ga=T,f=24,s=320,v=240"));
});
