// Writes the rows that the published CenterNet gives for the test picture, as run by TensorFlow.js:
//
//     npm install --prefix /tmp/tfjs @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
//     deno run -A tests/parity/centernet_reference.mjs /tmp/tfjs/node_modules
//
// Needed only to make tests/fixtures/centernet/rows.json anew.
import { createRequire } from "node:module";
import { testImage } from "../support/test_image.ts";

const require = createRequire(`${Deno.args[0]}/`);
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

const folder = new URL("../../node_modules/@vladmandic/human/models/", import.meta.url);
const model = JSON.parse(await Deno.readTextFile(new URL("centernet.json", folder)));
const weights = await Deno.readFile(new URL("centernet.bin", folder));
const network = await tf.loadGraphModel({
  load: () => ({
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer,
    signature: model.signature,
    format: model.format,
  }),
});
const { width, height, data } = testImage(512, 512);
const input = tf.tensor(Float32Array.from(data), [1, height, width, 3]);
const rows = (await network.executeAsync(input, "tower_0/detections")).arraySync()[0];
const fixture = { width, height, rows };
await Deno.writeTextFile(
  new URL("../fixtures/centernet/rows.json", import.meta.url),
  JSON.stringify(fixture),
);
console.log(rows.slice(0, 5));
