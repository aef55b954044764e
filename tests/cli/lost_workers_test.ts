/** Images on which a worker dies or hangs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digests } from "../soak/pictures.ts";
import { runCli } from "../support/run_cli.ts";
import { jsonLines, type Line, MORTAL, withPhotos } from "./many_photos.ts";

/** Segments 20 small pictures and a deadly one. One alone: it would share a worker, and its death, with another. */
function segmentWithDeadly(
  name: string,
  body: (lines: readonly Line[], stderr: string, code: number, written: readonly string[]) => void,
): Promise<void> {
  return withPhotos(20, async (cwd) => {
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, `photos/0/${name}`));
    const { code, stdout, stderr } = await runCli(
      ["segment", "photos", "-o", "out", "--save", "ids", "--jsonl", "-j", "2"],
      { cwd, program: MORTAL },
    );
    body(jsonLines(stdout), stderr, code, Object.keys(digests(join(cwd, "out"))));
  });
}

Deno.test("a worker that dies is replaced, and its image is tried once more", () =>
  segmentWithDeadly("dies-once.jpg", (lines, stderr, code, written) => {
    assert.equal(code, 0, stderr);
    assert.equal(lines.length, 21);
    assert.deepEqual(lines.filter(({ error }) => error !== undefined), []);
    assert.equal(written.length, 21);
  }));

Deno.test("an image on which the worker dies again is reported by name, and the others are done", () =>
  segmentWithDeadly("dies-twice.jpg", (lines, stderr, code, written) => {
    assert.equal(code, 1, stderr);
    assert.equal(lines.length, 21);
    assert.deepEqual(lines.filter(({ error }) => error !== undefined), [{
      file: "photos/0/dies-twice.jpg",
      error: "photos/0/dies-twice.jpg: the worker died twice on this input: the worker exited unexpectedly",
    }]);
    assert.match(stderr, /^bneck: error: photos\/0\/dies-twice\.jpg: the worker died twice/m);
    assert.equal(written.length, 20);
  }));

Deno.test("an image that hangs is given up after --timeout, and the others are done", () =>
  withPhotos(10, async (cwd) => {
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, "photos/0/hangs.jpg"));
    // The others have as long: enough for a small picture on the busiest machine.
    const args = ["segment", "photos", "--jsonl", "--size", "64", "--timeout", "10", "-j", "1"];
    const { code, stdout, stderr } = await runCli(args, { cwd, program: MORTAL });
    assert.equal(code, 1, stderr);
    assert.deepEqual(jsonLines(stdout).filter(({ error }) => error !== undefined), [{
      file: "photos/0/hangs.jpg",
      error: "photos/0/hangs.jpg: the worker did not respond for 10 s",
    }]);
    assert.equal(jsonLines(stdout).length, 11);
  }));
