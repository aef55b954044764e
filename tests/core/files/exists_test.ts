import assert from "node:assert/strict";
import { exists, fileIdentity } from "../../../core/files/mod.ts";
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
