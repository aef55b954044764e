import assert from "node:assert/strict";
import { reasonOf } from "../../../core/files/mod.ts";
import { temporaryTree } from "./temporary_tree.ts";

function reasonOfFailure(operation: () => unknown): string {
  try {
    operation();
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error("the operation did not fail");
}

Deno.test("the reasons of real failures are plain words", () => {
  using tree = temporaryTree(["file", "folder/"]);
  Deno.symlinkSync("loop", tree.at("loop"));
  const reason = reasonOfFailure;
  assert.equal(reason(() => Deno.readFileSync(tree.at("none"))), "no such file or folder");
  assert.equal(
    reason(() => Deno.readFileSync(tree.at("file/x"))),
    "a part of the path is a file, not a folder",
  );
  assert.equal(reason(() => Deno.readFileSync(tree.at("folder"))), "it is a folder");
  assert.equal(reason(() => Deno.readFileSync(tree.at("loop"))), "a symbolic link leads back to itself");
  assert.equal(
    reason(() => Deno.writeFileSync(tree.at("x".repeat(300)), new Uint8Array())),
    "the name is too long",
  );
});

Deno.test("failures that a test cannot bring about are known by their code", () => {
  const failure = (code: string) => Object.assign(new Error("os error"), { code });
  assert.equal(reasonOf(failure("EACCES")), "permission denied");
  assert.equal(reasonOf(failure("EROFS")), "the file system is read-only");
  assert.equal(reasonOf(failure("ENOSPC")), "no space left on the device");
});

Deno.test("special folders are called so, without the advice to allow everything", () => {
  const error = new Deno.errors.NotCapable(
    'Requires all access to "/proc/x", run again with the --allow-all flag',
  );
  assert.equal(reasonOf(error), "Deno does not let programs use special folders such as /proc and /dev");
});

Deno.test("what Deno's permissions forbid names the flag that allows it", () => {
  const error = new Deno.errors.NotCapable(
    'Requires write access to "x", run again with the --allow-write flag',
  );
  assert.equal(reasonOf(error), "Deno was not given the permission (--allow-write)");
});

Deno.test("a failure without a code is known by its number", () => {
  assert.equal(
    reasonOf(new Error("File too large (os error 27)")),
    "the file is too large for the file system or the limit of the process",
  );
  assert.equal(reasonOf(new Error("Odd thing (os error 9999): write 'x'")), "Odd thing");
});

Deno.test("an unknown failure is given in its own words, without what follows the first line", () => {
  assert.equal(reasonOf(new Error("gone fishing\n at x")), "gone fishing");
  assert.equal(reasonOf("text"), "text");
});
