import assert from "node:assert/strict";
import { baseName, exists, fileIdentity, joinPath, tidy } from "../../../core/files/paths.ts";
import { temporaryTree } from "./temporary_tree.ts";

Deno.test("files and folders exist, what is not there and links to it do not", () => {
  using tree = temporaryTree(["a.jpg", "folder/"]);
  Deno.symlinkSync(tree.at("nothing"), tree.at("link"));
  assert.deepEqual(["a.jpg", "folder", "nothing", "link"].map((name) => exists(tree.at(name))), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("two paths to one file have one identity, and what is not there has none", () => {
  using tree = temporaryTree(["a.jpg", "b.jpg", "folder/"]);
  Deno.symlinkSync(tree.at("a.jpg"), tree.at("link"));
  const identity = (name: string) => fileIdentity(tree.at(name));
  assert.equal(identity("link"), identity("folder/../a.jpg"));
  assert.notEqual(identity("a.jpg"), identity("b.jpg"));
  assert.equal(identity("nothing"), undefined);
});
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

Deno.test("the empty path is the current folder for its identity, but is not a file that exists", () => {
  assert.equal(fileIdentity(""), fileIdentity("."));
  assert.equal(exists(""), false);
});

Deno.test("the base name follows the last slash or backslash", () => {
  for (
    const [path, name] of [["a.jpg", "a.jpg"], ["day 1/a.jpg", "a.jpg"], ["C:\\day\\a.jpg", "a.jpg"], [
      "a/",
      "",
    ]]
  ) {
    assert.equal(baseName(path), name);
  }
});
