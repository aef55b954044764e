import assert from "node:assert/strict";
import { join } from "node:path";
import { readWeightFile, readWeights } from "../../../core/weights/mod.ts";
import { encodeSafetensors } from "../../../core/weights/safetensors.ts";
import { float32Tensor, toFloat32 } from "../../../core/weights/tensor.ts";

const FIXTURES = new URL("../../fixtures/weights/", import.meta.url);

async function withFile(name: string, content: Uint8Array | string, use: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the content of a file decides its format, not its name", async () => {
  const safetensors = encodeSafetensors(
    new Map([["w", float32Tensor([1], Float32Array.of(5))]]),
    new Map([["a", "b"]]),
  );
  await withFile("weights.pth", safetensors, async (path) => {
    const { format, weights, facts } = await readWeightFile(path);
    assert.equal(format, "safetensors");
    assert.deepEqual([...facts], [["a", "b"]]);
    assert.deepEqual([...toFloat32(weights.get("w")!)], [5]);
  });
  for (const fixture of ["current.pth", "legacy.pth", "protocol5.pth"]) {
    await withFile("weights.safetensors", await Deno.readFile(new URL(fixture, FIXTURES)), async (path) => {
      assert.equal((await readWeightFile(path)).format, "torch");
    });
  }
  const manifest = '\ufeff\n {"weightsManifest": [{"paths": [], "weights": []}]}';
  await withFile("weights.bin", manifest, async (path) => {
    assert.equal((await readWeightFile(path)).format, "tfjs");
    assert.equal((await readWeights(path)).size, 0);
  });
});

for (
  const [what, content, message] of [
    ["an empty file", "", /the file is empty/],
    [
      "a text",
      "hello",
      /not PyTorch, safetensors, ONNX or TensorFlow.js weights \(first bytes 68 65 6c 6c\)/,
    ],
    ["a web page", "<!DOCTYPE html>", /a web page/],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0", /git lfs pull/],
    ["a Keras file", Uint8Array.from([0x89, ...new TextEncoder().encode("HDF\r\n")]), /HDF5/],
    ["a TensorFlow Lite model", "\x1c\0\0\0TFL3", /TensorFlow Lite/],
    ["a tar archive", "x".repeat(257) + "ustar", /tar archive/],
    ["a gzip file", Uint8Array.of(0x1f, 0x8b, 8), /gzip/],
    ["any JSON", "{}", /not a TensorFlow.js model/],
    ["any pickle", Uint8Array.of(0x80, 4, 0x4e, 0x2e), /not a PyTorch checkpoint/],
    ["any zip archive", "PK\x03\x04", /truncated/],
  ] as const
) {
  Deno.test(`${what} instead of weights is refused, and the message says so`, async () => {
    await withFile("weights.pth", content, async (path) => {
      await assert.rejects(readWeights(path), { name: "BneckError", exitStatus: 3, message });
    });
  });
}

Deno.test("a safetensors header whose length looks like the start of a pickle is still safetensors", async () => {
  const tensors = new Map([["w", float32Tensor([1], Float32Array.of(5))]]);
  const headers = Array.from({ length: 1500 }, (_, length) => new Map([["note", "x".repeat(length)]]));
  // 0x0280 = 640 bytes of header: the file starts with 0x80 0x02, as pickles of protocol 2 do.
  const confusing = headers.map((facts) => encodeSafetensors(tensors, facts))
    .filter((bytes) => bytes[0] === 0x80 && bytes[1] >= 2);
  assert.ok(confusing.length >= 3);
  for (const bytes of confusing) {
    await withFile("weights.safetensors", bytes, async (path) => {
      assert.deepEqual([...toFloat32((await readWeights(path)).get("w")!)], [5]);
    });
  }
});

Deno.test("a missing file, a folder and a device are refused", async () => {
  await assert.rejects(readWeights("no/such/file.pth"), {
    name: "BneckError",
    message: "cannot read no/such/file.pth: no such file or folder",
  });
  await assert.rejects(readWeights("."), { name: "BneckError", message: /it is a folder/ });
  if (Deno.build.os === "linux") {
    await assert.rejects(readWeights("/dev/zero"), { name: "BneckError", message: /not a regular file/ });
  }
  await assert.rejects(readWeights("a\0b"), { name: "BneckError" });
});
