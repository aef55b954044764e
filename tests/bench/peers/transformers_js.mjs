// transformers.js with the street decoder as one of its MobileNetV3ForSemanticSegmentation.
//
//     node transformers_js.mjs JOB.json NODE_MODULES
//
// The job's model is a folder as its hub has them: config.json, preprocessor_config.json and onnx/model.onnx.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [jobPath, modules] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const library = await import(
  pathToFileURL(join(modules, "@huggingface/transformers/dist/transformers.node.mjs"))
);
const { AutoImageProcessor, AutoModelForSemanticSegmentation, RawImage, env } = library;
const sharp = require("sharp");

const job = JSON.parse(readFileSync(jobPath, "utf8"));
env.allowRemoteModels = false;
env.localModelPath = dirname(job.model);
const name = basename(job.model);
const processor = await AutoImageProcessor.from_pretrained(name);
const model = await AutoModelForSemanticSegmentation.from_pretrained(name, {
  dtype: "fp32",
  session_options: { intraOpNumThreads: job.threads, interOpNumThreads: 1 },
});

async function segment(path, stem) {
  const image = await RawImage.read(path);
  const { logits } = await model(await processor(image));
  const [{ segmentation, labels }] = processor.post_process_semantic_segmentation({ logits }, [[
    image.height,
    image.width,
  ]]);
  const raw = { width: image.width, height: image.height, channels: 1 };
  const ids = Uint8Array.from(segmentation.data);
  await sharp(ids, { raw }).toColourspace("b-w").png({ compressionLevel: 1 }).toFile(`${stem}.ids.png`);
  return labels.length;
}

let [seconds, found] = [0, 0];
for (let pass = 0; pass < job.passes; pass++) {
  const start = performance.now();
  found = 0;
  for (const [index, path] of job.images.entries()) {
    found += await segment(path, join(job.out, String(index)));
  }
  seconds = (performance.now() - start) / 1000;
}
console.log(JSON.stringify({
  seconds: { images: seconds },
  memory: process.resourceUsage().maxRSS / 1024,
  found,
  versions: { "transformers.js": env.version, "Node.js": process.version.slice(1) },
}));
