import assert from "node:assert/strict";
import { memoryRun } from "../support/memory_host.ts";
import { inputError, modelError, usageError } from "../../core/errors.ts";
import { explain, INTERNAL_ERROR, stackOf } from "../../cli/failures.ts";

Deno.test("an error for the user keeps its words and its exit status", () => {
  assert.deepEqual(explain(usageError("no such flag")), { message: "no such flag", status: 2 });
  assert.deepEqual(explain(inputError("cannot read a.jpg")), { message: "cannot read a.jpg", status: 1 });
  assert.deepEqual(explain(modelError("bad weights")), { message: "bad weights", status: 3 });
});

Deno.test("hints are worded as flags, one after the other", () => {
  const or = { option: "input", advice: "give its shape" };
  const hint = { option: "imageSize", advice: "give its height and width", or };
  assert.equal(
    explain(usageError("the shape of x is open", undefined, hint)).message,
    "the shape of x is open (give its height and width with --image-size, or give its shape with --input)",
  );
});

Deno.test("a hint names the flag of an option, also where that is called otherwise", () => {
  const worded = (option: string) =>
    explain(modelError("it is ambiguous", undefined, { option, advice: "choose" })).message;
  assert.equal(worded("architecture"), "it is ambiguous (choose with --arch)");
  assert.equal(worded("maxPixels"), "it is ambiguous (choose with --max-pixels)");
});

Deno.test("anything unexpected is a defect of bneck and has an exit status of its own", () => {
  for (const thrown of [new TypeError("x is not a function"), "text", undefined, null, { code: 7 }]) {
    const { message, status } = explain(thrown);
    assert.equal(status, INTERNAL_ERROR);
    assert.match(message, /^internal error: .*BNECK_DEBUG=1/);
  }
});

Deno.test("a hint stands before a list, and listed errors have their own", () => {
  const hint = { option: "maxPixels", advice: "raise it" };
  const [large, damaged] = [inputError("a.png: too large", undefined, hint), inputError("b.png: damaged")];
  const listed = inputError(
    `2 images cannot be scored:\n  ${large.message}\n  ${damaged.message}`,
    new AggregateError([large, damaged]),
  );
  assert.equal(
    explain(listed).message,
    "2 images cannot be scored:\n  a.png: too large (raise it with --max-pixels)\n  b.png: damaged",
  );
  const existing = usageError("2 files exist:\n  a\n  b", undefined, {
    option: "overwrite",
    advice: "replace them",
  });
  assert.equal(explain(existing).message, "2 files exist (replace them with --overwrite):\n  a\n  b");
});

Deno.test("a missing permission is said in words that need no Deno", () => {
  const { message, status } = explain(
    new Deno.errors.NotCapable('Requires read access to "/x", run again with the --allow-read flag'),
  );
  assert.equal(status, 2);
  assert.equal(
    message,
    'Deno does not allow it: this needs read access to "/x"; start bneck as its tasks in deno.json do',
  );
});

Deno.test("errors of the system about a named file are errors of usage, a full disk is not", () => {
  assert.equal(explain(new Deno.errors.NotFound("no such file: /x")).status, 2);
  assert.equal(explain(new Deno.errors.PermissionDenied("permission denied: /x")).status, 2);
  assert.equal(explain(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })).status, 1);
});

Deno.test("being asked to stop is not a failure of anything", () => {
  assert.deepEqual(explain(new DOMException("stop", "AbortError")), { message: "interrupted", status: 130 });
});

Deno.test("the stack shows the causes", () => {
  const cause = new RangeError("offset 9 of 4");
  const stack = stackOf(modelError("cannot read w.bin", cause));
  assert.match(stack, /cannot read w\.bin[^]*caused by: RangeError: offset 9 of 4/);
  assert.equal(stackOf("text"), "text");
});

Deno.test("a run that the user stops says how much was done and how to continue, and nothing where that is not known", () => {
  const stop = new AbortController();
  const run = memoryRun({ signal: stop.signal });
  run.context.progress({ total: 20, unit: "images" }).add(3);
  stop.abort();
  run.context.fail(stop.signal.reason, "the same command continues from there");
  assert.equal(
    run.stderr(),
    "bneck: warning: stopped after 3 of 20 images: the same command continues from there\n",
  );
  assert.equal(run.context.exitStatus, 130);
  const silent = memoryRun({ signal: stop.signal });
  silent.context.fail(stop.signal.reason);
  assert.equal(silent.stderr(), "");
});
