import assert from "node:assert/strict";
import { memoryRun } from "../../support/memory_host.ts";

Deno.test("errors are always shown, warnings and summaries unless quiet, details only when asked for", () => {
  const shown = (level: "quiet" | "normal" | "verbose") => {
    const { context, stderr } = memoryRun();
    context.log.level = level;
    context.log.error("e");
    context.log.warn("w");
    context.log.info("i");
    context.log.debug("d");
    return stderr();
  };
  assert.equal(shown("quiet"), "bneck: error: e\n");
  assert.equal(shown("normal"), "bneck: error: e\nbneck: warning: w\ni\n");
  assert.equal(shown("verbose"), "bneck: error: e\nbneck: warning: w\ni\nd\n");
});

Deno.test("messages cannot carry control codes out of a file name", () => {
  const { context, stderr } = memoryRun();
  context.log.warn("cannot read \x1b[2J.jpg");
  assert.equal(stderr(), "bneck: warning: cannot read \\x1b[2J.jpg\n");
});

Deno.test("only the word error is red", () => {
  const { context, stderr } = memoryRun({ terminal: { stderr: true } });
  context.log.error("no such file");
  assert.equal(stderr(), "\x1b[31mbneck: error:\x1b[39m no such file\n");
});

Deno.test("a message makes room above the status line", () => {
  const { context, stderr } = memoryRun({ terminal: { stderr: true }, env: { NO_COLOR: "1" } });
  context.log.status("half");
  context.log.info("note");
  context.log.status("");
  assert.equal(stderr(), "\rhalf\x1b[K" + "\r\x1b[K" + "note\n" + "half" + "\r\x1b[K");
});

Deno.test("results make room above the status line where both share a terminal", () => {
  const { context, stdout, stderr } = memoryRun({ terminal: { stdout: true, stderr: true } });
  context.log.status("half");
  context.print("result");
  assert.equal(stdout(), "result\n");
  assert.equal(stderr(), "\rhalf\x1b[K\r\x1b[Khalf");
});

Deno.test("there is no status line in a pipe", () => {
  const { context, stderr } = memoryRun();
  context.log.status("half");
  assert.equal(stderr(), "");
});

Deno.test("the lines of a summary are broken at words on a terminal, and nowhere else", () => {
  const text = "person 31.2 % in 2 of 2 images, bus 13.5 % in 1";
  for (const stderr of [true, false]) {
    const run = memoryRun({ terminal: { stderr }, columns: 24 });
    run.context.log.info(text);
    assert.equal(run.stderr(), stderr ? "person 31.2 % in 2 of 2\nimages, bus 13.5 % in 1\n" : `${text}\n`);
  }
});
