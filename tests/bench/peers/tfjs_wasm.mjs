// TensorFlow.js on WebAssembly with the CenterNet that bneck embeds: pictures by sharp, the network with its own decoding.
//
//     node tfjs_wasm.mjs JOB.json NODE_MODULES PROCESSES
//
// Node.js gives this backend no threads, so that only several processes, each with its share of the images, use several cores.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const [jobPath, modules, parts, part] = process.argv.slice(2);
if (part === undefined) {
  const run = promisify(execFile);
  const shares = await Promise.all(
    Array.from(
      { length: Number(parts) },
      (_, index) => run(process.execPath, [...process.argv.slice(1), String(index)]),
    ),
  );
  const reports = shares.map(({ stdout }) => JSON.parse(stdout));
  const sum = (pick) => reports.reduce((total, report) => total + pick(report), 0);
  console.log(JSON.stringify({
    ...reports[0],
    seconds: { images: Math.max(...reports.map(({ seconds }) => seconds.images)) },
    memory: sum(({ memory }) => memory),
    found: sum(({ found }) => found),
  }));
  process.exit();
}
const require = createRequire(join(modules, "x.js"));
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const sharp = require("sharp");
sharp.concurrency(1);

const job = JSON.parse(readFileSync(jobPath, "utf8"));
wasm.setWasmPaths(join(modules, "@tensorflow/tfjs-backend-wasm/dist/"));
if (parts === "1") wasm.setThreadsCount(job.threads);
await tf.setBackend("wasm");
const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
const threads = await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");

const model = JSON.parse(readFileSync(job.model, "utf8"));
const network = await tf.loadGraphModel({
  load: () => ({
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(readFileSync(job.model.replace(/json$/, "bin"))).buffer,
    signature: model.signature,
    format: model.format,
  }),
});

async function detect(path, stem) {
  const { data, info } = await sharp(path).removeAlpha().toColourspace("srgb").raw().toBuffer({
    resolveWithObject: true,
  });
  const [height, width] = job.size;
  const raw = { raw: { width: info.width, height: info.height, channels: 3 } };
  const pixels = await sharp(data, raw).resize(width, height, { fit: "fill", kernel: "linear" }).raw()
    .toBuffer();
  const input = tf.tensor(Float32Array.from(pixels), [1, height, width, 3]);
  const output = network.execute(input, "tower_0/detections");
  const [rows] = output.arraySync();
  input.dispose();
  output.dispose();
  const [across, down] = [info.width / width, info.height / height];
  const objects = rows.filter((row) => row[4] >= job.score).slice(0, job.max).map((
    [x1, y1, x2, y2, score, label],
  ) => ({
    class: label,
    score,
    box: [x1 * across, y1 * down, x2 * across, y2 * down],
  }));
  writeFileSync(
    `${stem}.objects.json`,
    JSON.stringify({ file: path, width: info.width, height: info.height, objects }, null, 2),
  );
  return objects.length;
}

let [seconds, found] = [0, 0];
for (let pass = 0; pass < job.passes; pass++) {
  const start = performance.now();
  found = 0;
  for (const [index, path] of job.images.entries()) {
    if (index % Number(parts) === Number(part)) found += await detect(path, join(job.out, String(index)));
  }
  seconds = (performance.now() - start) / 1000;
}
console.log(JSON.stringify({
  seconds: { images: seconds },
  memory: process.resourceUsage().maxRSS / 1024,
  found,
  versions: { "tfjs-backend-wasm": wasm.version_wasm, "Node.js": process.version.slice(1) },
  simd,
  threads,
}));
