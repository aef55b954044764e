import assert from "node:assert/strict";
import { findClues } from "../../../models/adopt/clues.ts";
import { parseNames, parseNumbers } from "../../../models/adopt/python_literal.ts";

Deno.test("names are read as Python prints them", () => {
  assert.deepEqual(parseNames("{0: 'person', 1: \"dog's\", 2: 'it\\'s'}"), ["person", "dog's", "it's"]);
  assert.deepEqual(parseNames("['a', 'b']"), ["a", "b"]);
  assert.deepEqual(parseNames("{0: 'a',}"), ["a"]);
});

Deno.test("what is not a complete list of names is not read", () => {
  for (
    const text of [
      "",
      "{}",
      "[]",
      "{1: 'a'}",
      "{0: 'a', 2: 'b'}",
      "{0: a}",
      "{0: 'a'} + x",
      "['a' 'b']",
      "['a",
    ]
  ) {
    assert.equal(parseNames(text), undefined, text);
  }
});

Deno.test("sizes are read as Python prints them", () => {
  assert.deepEqual(parseNumbers("[640, 480]"), [640, 480]);
  for (const text of ["[640, -1]", "640", "[6e9]", "[1, 2"]) assert.equal(parseNumbers(text), undefined);
});

Deno.test("the files of Hugging Face beside an export say how images are prepared", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/onnx`);
    const write = (name: string, json: unknown) =>
      Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(json));
    await write("preprocessor_config.json", {
      do_resize: true,
      size: { height: 512, width: 384 },
      resample: 3,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.25, 0.25, 0.25],
    });
    await write("config.json", {
      architectures: ["SegformerForSemanticSegmentation"],
      id2label: { 0: "wall", 1: "sky\u001b[31m" },
    });
    const clues = await findClues({}, `${folder}/onnx/model.onnx`);
    assert.deepEqual(clues, {
      from: "preprocessor_config.json",
      exporter: "huggingface",
      size: { kind: "exact", height: 512, width: 384 },
      fit: "stretch",
      filter: "bicubic",
      mean: [127.5, 127.5, 127.5],
      std: [63.75, 63.75, 63.75],
      task: "segment",
      labels: ["wall", "sky [31m"],
    });
    const filterOf = async (type: string, version: string) => {
      await write("preprocessor_config.json", { image_processor_type: type, resample: 3 });
      await write("config.json", { transformers_version: version });
      return (await findClues({}, `${folder}/model.onnx`)).filter;
    };
    // Fast processors resize with torchvision, and since transformers 5 all that are not named for Pillow.
    assert.equal(await filterOf("DetrImageProcessor", "4.57.1"), "bicubic");
    assert.equal(await filterOf("DetrImageProcessorFast", "4.57.1"), "torchvision-bicubic");
    assert.equal(await filterOf("DetrImageProcessor", "5.24.0"), "torchvision-bicubic");
    assert.equal(await filterOf("DetrImageProcessorPil", "5.24.0"), "bicubic");
    await Deno.remove(`${folder}/config.json`);
    await write("preprocessor_config.json", {
      size: { shortest_edge: 256 },
      do_center_crop: true,
      crop_size: 224,
    });
    const { size, crop, cropRounding } = await findClues({}, `${folder}/model.onnx`);
    assert.deepEqual([size, crop, cropRounding], [{ kind: "shorter", pixels: 256 }, [224, 224], "down"]);
    await write("preprocessor_config.json", { size: { shortest_edge: 800, longest_edge: 1333 } });
    await write("config.json", { model_type: "detr", id2label: { 0: "cat" } });
    const detr = await findClues({}, `${folder}/model.onnx`);
    assert.deepEqual(detr.size, { kind: "shorter", pixels: 800, max: 1333 });
    assert.deepEqual([detr.task, detr.queryScores, detr.labels], ["detect", "softmax", ["cat"]]);
    await write("preprocessor_config.json", { size: { longest_edge: 512 } });
    assert.deepEqual((await findClues({}, `${folder}/model.onnx`)).size, { kind: "longer", pixels: 512 });
    await Deno.writeTextFile(`${folder}/preprocessor_config.json`, "{");
    await assert.rejects(findClues({}, `${folder}/model.onnx`), /not valid JSON/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
