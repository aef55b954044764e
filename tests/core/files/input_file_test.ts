import assert from "node:assert/strict";
import { joinPath, tidy } from "../../../core/files/input_file.ts";

Deno.test("a name is joined to the current folder, the root and others without a superfluous slash", () => {
  assert.equal(joinPath("", "a"), "a");
  assert.equal(joinPath("/", "a"), "/a");
  assert.equal(joinPath("b", "a"), "b/a");
});

Deno.test("a folder is written in one way only", () => {
  for (
    const [folder, path] of [[".", ""], ["./", ""], ["a/", "a"], ["./a//b/.", "a/b"], ["/", "/"], [
      "a/..",
      "",
    ]]
  ) {
    assert.equal(tidy(folder), path, folder);
  }
});
