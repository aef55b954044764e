/** Weights in several files beside an index of their tensors. */
import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../core/weights/safetensors.ts";
import { readWeightFile } from "../../../core/weights/mod.ts";
import { float32Tensor, toFloat32 } from "../../../core/weights/tensor.ts";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { inFolder } from "../../support/folders.ts";

const SHARDS = { "a-1.safetensors": ["conv.weight", "conv.bias"], "parts/a-2.safetensors": ["fc.weight"] };

/** Reads the weights that an index lists, beside two files of tensors. */
async function read(index: unknown, format = "safetensors") {
  return await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/parts`);
    for (const [file, names] of Object.entries(SHARDS)) {
      const tensors = names.map((name) => [name, float32Tensor([1], Float32Array.of(name.length))] as const);
      await Deno.writeFile(`${folder}/${file}`, encodeSafetensors(new Map(tensors)));
    }
    await Deno.copyFile(new URL("../../fixtures/weights/current.pth", import.meta.url), `${folder}/b.bin`);
    await Deno.writeTextFile(`${folder}/text.bin`, "hello");
    const path = `${folder}/index.json`;
    await Deno.writeTextFile(path, typeof index === "string" ? index : JSON.stringify(index));
    const file = await readWeightFile(path);
    assert.equal(file.format, format);
    return new Map([...file.weights].map(([name, tensor]) => [name, toFloat32(tensor)[0]]));
  });
}

const LISTED = Object.fromEntries(
  Object.entries(SHARDS).flatMap(([file, names]) => names.map((name) => [name, file])),
);

Deno.test("an index reads the tensors that it lists, whatever format their files have", async () => {
  assert.deepEqual(
    await read({ metadata: { total_size: 12 }, weight_map: LISTED }),
    new Map([["conv.weight", 11], ["conv.bias", 9], ["fc.weight", 9]]),
  );
  const { "conv.bias": bias } = LISTED;
  assert.deepEqual([...(await read({ weight_map: { "conv.bias": bias } })).keys()], ["conv.bias"]);
  assert.deepEqual([...(await read({ weight_map: { "head.bias": "b.bin" } }, "torch")).keys()], [
    "head.bias",
  ]);
});

Deno.test("an index that is damaged, or leads elsewhere, is refused with the reason", async () => {
  const cases: [unknown, RegExp][] = [
    [{ weight_map: [] }, /index\.json: its weight_map is not an object of tensors and their files/],
    [{ weight_map: {} }, /its weight_map is empty/],
    [{ weight_map: { w: 5 } }, /the weight file name 5 is not a plain relative path/],
    [{ weight_map: { w: "../a.safetensors" } }, /"\.\.\/a\.safetensors" leads out of its folder/],
    [{ weight_map: { w: "/etc/passwd" } }, /"\/etc\/passwd" is not a plain relative path/],
    [{ weight_map: { w: "a-1.safetensors" } }, /tensor "w" is not in "a-1\.safetensors"/],
    [{ weight_map: { w: "a-3.safetensors" } }, /cannot read .*a-3\.safetensors: no such file/],
    [{ weight_map: { w: "index.json" } }, /index\.json: not PyTorch or safetensors weights/],
    [{ weight_map: { w: "text.bin" } }, /text\.bin: not PyTorch or safetensors weights/],
    [
      { weight_map: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, `${i}.bin`])) },
      /names 1001 files/,
    ],
    ['{"weight_map": {', /index\.json: not valid JSON/],
  ];
  for (const [index, message] of cases) {
    await assert.rejects(read(index), (error) => {
      assert.ok(error instanceof BneckError && error.exitStatus === ExitStatus.unusableModel, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
