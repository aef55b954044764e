import assert from "node:assert/strict";
import type { Progress } from "../../../cli/console/progress.ts";
import { displayWidth } from "../../../cli/console/output.ts";
import { type MemoryRun, memoryRun } from "../../support/memory_host.ts";

/** A job on a clock that the test moves. */
function job(
  run: MemoryRun,
  total?: number,
): { progress: Progress; after: (ms: number, count?: number, note?: string) => void } {
  let time = 0;
  const progress = run.context.progress({ total, unit: "images", label: "segmenting", now: () => time });
  return {
    progress,
    after(ms, count = 1, note) {
      time += ms;
      progress.add(count, note);
    },
  };
}

const terminal = (columns = 100) =>
  memoryRun({ terminal: { stderr: true }, env: { NO_COLOR: "1" }, columns });

Deno.test("a terminal shows a bar with count, rate and time left", () => {
  const run = terminal();
  const { after } = job(run, 40);
  after(1000, 10, "street.jpg");
  assert.equal(
    run.stderr(),
    "\rsegmenting  ━━━━━━──────────────────  10/40  10.0 images/s  0:03 left  street.jpg\x1b[K",
  );
});

Deno.test("the bar is drawn at most ten times a second", () => {
  const run = terminal();
  const { after } = job(run, 10_000);
  for (let i = 0; i < 1000; i++) after(1);
  const drawn = run.stderr().split("\r").length - 1;
  assert.ok(drawn >= 9 && drawn <= 11, `${drawn}`);
});

Deno.test("the rate follows the last fifteen seconds", () => {
  const run = terminal();
  const { after } = job(run, 1000);
  for (let i = 0; i < 60; i++) after(1000);
  for (let i = 0; i < 20; i++) after(1000, 5);
  assert.match(run.stderr().split("\r").at(-1)!, /160\/1000 {2}5\.00 images\/s {2}2:48 left/);
});

Deno.test("stopping takes the bar away, and nothing is drawn afterwards", () => {
  const run = terminal();
  const { progress, after } = job(run, 4);
  after(500);
  progress.stop();
  progress.stop();
  const shown = run.stderr();
  after(500);
  assert.ok(shown.endsWith("\r\x1b[K"));
  assert.equal(run.stderr(), shown);
  assert.equal(progress.done, 2);
});

Deno.test("the bar never wraps, however narrow the window and long the name", () => {
  for (const columns of [20, 40, 60, 80, 100]) {
    const run = terminal(columns);
    const { after } = job(run, 123_456);
    after(1000, 77, "a/very/long/folder/with/東京/and/a/name/that/never/ends/".repeat(3));
    const line = run.stderr().replace("\r", "").replace("\x1b[K", "");
    assert.ok(displayWidth(line) < columns, `${columns}: ${line}`);
  }
});

Deno.test("a file name cannot break out of the bar", () => {
  const run = terminal();
  const { after } = job(run, 4);
  after(500, 1, "a\n\x1b[2J.jpg");
  assert.ok(run.stderr().endsWith("a \\x1b[2J.jpg\x1b[K"));
});

Deno.test("a pipe gets a line every ten seconds", () => {
  const run = memoryRun();
  const { after } = job(run, 100);
  for (let i = 0; i < 25; i++) after(1000);
  assert.equal(
    run.stderr(),
    "segmenting: 10 of 100 images, 1.00 images/s, 1:30 left\nsegmenting: 20 of 100 images, 1.00 images/s, 1:20 left\n",
  );
});

Deno.test("quiet shows nothing", () => {
  const run = terminal();
  run.context.log.level = "quiet";
  const { after } = job(run, 4);
  after(20_000);
  assert.equal(run.stderr(), "");
});

Deno.test("a job of unknown length shows count and rate", () => {
  const run = memoryRun();
  const { after } = job(run);
  after(10_000, 5);
  assert.equal(run.stderr(), "segmenting: 5 images, 0.50 images/s\n");
});

Deno.test("a job without anything to do shows no nonsense", () => {
  const run = terminal();
  job(run, 0).after(0, 0);
  assert.equal(run.stderr(), `\rsegmenting  ${"━".repeat(24)}  0/0\x1b[K`);
});
