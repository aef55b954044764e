import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { dataDigest, digestOf, filesDigest } from "../../../core/files/digests.ts";
import { inFolder } from "../../support/folders.ts";

const sum = (text: string) => createHash("sha256").update(text).digest("hex");

function withFiles(use: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "in"));
    await Deno.writeTextFile(join(folder, "in/b"), "B");
    await Deno.writeTextFile(join(folder, "a"), "A");
    await use(folder);
  });
}

Deno.test("the digest of a file is its SHA-256, that of a folder is that of what sha256sum prints for its files", () =>
  withFiles(async (folder) => {
    const [a, b] = [join(folder, "a"), join(folder, "in/b")];
    assert.deepEqual(await digestOf(a), { bytes: 1, sha256: sum("A") });
    assert.deepEqual(await dataDigest(a), { files: 1, sha256: sum("A") });
    const list = { files: 2, sha256: sum(`${sum("A")}  ${a}\n${sum("B")}  ${b}\n`) };
    assert.deepEqual(await dataDigest(folder), list);
    assert.deepEqual(await filesDigest([b, a]), list, "in whatever order");
  }));

Deno.test("what is no file has no digest, and nothing waits for a pipe", () =>
  withFiles(async (folder) => {
    assert.equal(await digestOf(join(folder, "none")), undefined);
    assert.equal(await dataDigest(join(folder, "none")), undefined);
    assert.equal((await filesDigest([join(folder, "none")])).files, 0);
    if (Deno.build.os === "windows") return;
    assert.equal(await dataDigest("/dev/null"), undefined);
    await assert.rejects(digestOf("/dev/null"), /not a regular file/);
  }));
