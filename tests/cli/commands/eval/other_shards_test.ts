/** Shards that do not belong together although their settings are the same. */
import assert from "node:assert/strict";
import { encodeLabelPng } from "../../../../core/images/mod.ts";
import { copy, inFolder, write } from "../../../support/folders.ts";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { smallSet, writeSmallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";

Deno.test("shards of sets of other images are refused, whatever they have in common", () =>
  inFolder(async (cwd) => {
    const map = encodeLabelPng({ width: 4, height: 2, data: new Uint8Array(8) });
    await write(`${cwd}/classes.json`, JSON.stringify({ classes: [{ id: 0, name: "a" }] }));
    for (const name of ["0", "1", "2", "3"]) {
      for (const folder of ["labels", "found", "moved/labels"]) {
        await write(`${cwd}/${folder}/${name}.png`, map);
      }
      for (const folder of ["other", "otherwise"]) await write(`${cwd}/${folder}/x${name}.png`, map);
    }
    const shard = (number: number, labels: string, predictions: string) =>
      evaluate([
        ...["segmentation", "--labels", labels, "--predictions", predictions, "--classes", "classes.json"],
        ...["--shard", `${number}/2`, "--save-state", `${number}.json`, "-q"],
      ], cwd);
    await shard(1, "labels", "found");
    await shard(2, "other", "otherwise");
    assert.match(
      await refusal(["merge", "1.json", "2.json"], cwd, 2),
      /^bneck: error: cannot merge 2\.json with 1\.json: they differ in images$/m,
    );
    // Where the folder lies does not matter.
    await shard(2, `${cwd}/moved/../moved/labels`, "found");
    await evaluate(["merge", "1.json", "2.json"], cwd);
  }));

Deno.test("shards of two models of one name are refused", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 4);
    const { truth } = smallSet(4);
    for (const { file_name } of truth.images) await copy(STREET_PHOTO, `${cwd}/images/${file_name}`);
    const written = await runCli(["export", "mb3-large-075", "--heads", "detect", "-o", "model.onnx", "-q"], {
      cwd,
    });
    assert.equal(written.code, 0, written.stderr);
    const shard = (number: number) =>
      evaluate([
        ...[
          "coco",
          "--annotations",
          "truth.json",
          "--images",
          "images",
          "--model",
          "model.onnx",
          "--size",
          "192",
        ],
        ...["--shard", `${number}/2`, "--save-state", `${number}.json`, "-q"],
      ], cwd);
    await shard(1);
    await shard(2);
    await evaluate(["merge", "1.json", "2.json"], cwd);
    // The same network, written again with a comment.
    const model = await Deno.readFile(`${cwd}/model.onnx`);
    const comment = new TextEncoder().encode("retrained");
    // Field 6 of ModelProto is a text for people.
    await write(`${cwd}/model.onnx`, Uint8Array.from([...model, 6 << 3 | 2, comment.length, ...comment]));
    await shard(2);
    assert.match(
      await refusal(["merge", "1.json", "2.json"], cwd, 2),
      /cannot merge 2\.json with 1\.json: they differ in modelFile$/m,
    );
  }));
