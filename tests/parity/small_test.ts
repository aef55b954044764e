/** Narrow networks of every family return what their reference implementations do: see `make_small.py`. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decodeBase64 } from "./base64.ts";
import { bindWeights, GraphBuilder, type PreprocessOperator, toOnnx } from "../../core/graph/mod.ts";
import { readImage } from "../../core/images/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { readWeightFile } from "../../core/weights/mod.ts";
import {
  deepLabV3,
  type Detections,
  type HeadOutput,
  labelsOf,
  lrAspp,
  readLabelLogits,
} from "../../heads/mod.ts";
import { bindCheckpoint, type Checkpoint, checkpointNetwork } from "../../models/checkpoint.ts";
import { numberedLabels } from "../../models/labels.ts";
import { Model } from "../../models/model.ts";
import { inferenceGraph, type SegmentationNetwork } from "../../models/networks/definition.ts";
import type { Architecture } from "../../models/networks/project.ts";
import { dLi14MobileNetV3 } from "../../models/zoo/d_li14.ts";
import { fastsegNetwork } from "../../models/zoo/fastseg.ts";
import { timmMnasNet, timmMobileNetV3 } from "../../models/zoo/timm.ts";
import {
  torchvisionMnasNet,
  torchvisionMobileNetV2,
  torchvisionMobileNetV3,
} from "../../models/zoo/torchvision/classification.ts";
import {
  torchvisionDeepLab,
  torchvisionLrAspp,
  torchvisionSsdLite,
} from "../../models/zoo/torchvision/dense_prediction.ts";
import {
  classificationPreprocessing,
  IMAGENET_NORMALISATION,
  type Preprocessing,
  SYMMETRIC_NORMALISATION,
} from "../../models/preprocessing.ts";
import { testImage } from "../support/test_image.ts";
import { compareDetections, differingLabels, normalised, relativeError, runNetwork } from "./parity.ts";

interface Encoded {
  readonly shape: readonly number[];
  readonly data: string;
}

interface SmallNetwork {
  readonly file: string;
  readonly logits: Encoded;
}

const FIXTURES = new URL("../fixtures/parity/", import.meta.url);
const manifest = JSON.parse(Deno.readTextFileSync(new URL("small.json", FIXTURES))) as {
  readonly height: number;
  readonly width: number;
  readonly multiplier: number;
  readonly wider: number;
  readonly classes: number;
  readonly networks: Readonly<Record<string, SmallNetwork>> & {
    readonly ssdlite: {
      readonly file: string;
      readonly scores: Encoded;
      readonly codes: Encoded;
      readonly found: Readonly<Record<"boxes" | "scores" | "labels", Encoded>>;
    };
    readonly lraspp: SmallNetwork & { readonly mask: Encoded };
    readonly deeplabv3: SmallNetwork & { readonly mask: Encoded };
    readonly fastseg: SmallNetwork & {
      readonly side: number;
      readonly every: number;
      readonly largest: number;
    };
  };
  readonly preprocessing: readonly {
    readonly resize: PreprocessOperator["resize"];
    readonly size: readonly [number, number];
    readonly crop: readonly [number, number] | null;
    readonly pixels?: Encoded;
    readonly floats?: Encoded;
  }[];
  readonly from_file: {
    readonly file: string;
    readonly resize: number;
    readonly crop: number;
    readonly logits: Encoded;
    readonly found: Readonly<Record<"boxes" | "scores" | "labels", Encoded>>;
  };
};

const { height, width, classes, multiplier, wider, networks } = manifest;
const PICTURE = testImage(width, height);
const VIEW = { width, height, inputWidth: width, inputHeight: height };

/** Logits may differ by this share of the largest. */
const TOLERANCE = 1e-4;

function floats({ data }: Encoded): Float32Array {
  return new Float32Array(decodeBase64(data).buffer);
}

/** torchvision counts the background as class 0. */
function detectionsOf(encoded: Readonly<Record<"boxes" | "scores" | "labels", Encoded>>): Detections {
  const labels = new Int32Array(decodeBase64(encoded.labels.data).buffer);
  return {
    count: labels.length,
    boxes: floats(encoded.boxes),
    scores: floats(encoded.scores),
    classes: labels.map((label) => label - 1),
  };
}

async function readCheckpoint(architecture: Architecture, file: string): Promise<Checkpoint> {
  const path = fileURLToPath(new URL(file, FIXTURES));
  return { label: path, architecture, classes, file: await readWeightFile(path) };
}

async function run(architecture: Architecture, file: string, input: HeadOutput) {
  const graph = inferenceGraph(architecture.network, classes);
  const { weights, warnings } = bindCheckpoint(await readCheckpoint(architecture, file), graph);
  assert.deepEqual(warnings, []);
  return await runNetwork(graph, weights, input);
}

const CLASSIFIERS: Readonly<Record<string, Architecture>> = {
  mobilenet_v3_small: torchvisionMobileNetV3("small", multiplier),
  mobilenet_v2: torchvisionMobileNetV2(multiplier),
  mnasnet: torchvisionMnasNet(multiplier),
  timm_tf_mobilenetv3_small: timmMobileNetV3({ size: "small", width: multiplier, tensorflow: true }),
  timm_semnasnet: timmMnasNet("A1", multiplier),
  d_li14: dLi14MobileNetV3("small", wider),
};

for (const [name, architecture] of Object.entries(CLASSIFIERS)) {
  Deno.test(`a narrow ${name} returns its reference's logits`, async () => {
    const { file, logits } = networks[name];
    const found = await run(architecture, file, normalised(PICTURE, IMAGENET_NORMALISATION));
    assert.ok(relativeError(found.logits.data, floats(logits)) < TOLERANCE);
  });
}

Deno.test("a narrow SSDLite returns torchvision's scores, codes and detections", async () => {
  const { file, scores, codes, found: expected } = networks.ssdlite;
  const architecture = torchvisionSsdLite(wider, wider);
  const outputs = await run(architecture, file, normalised(PICTURE, SYMMETRIC_NORMALISATION));
  assert.ok(relativeError(outputs.scores.data, floats(scores)) < TOLERANCE);
  assert.ok(relativeError(outputs.boxes.data, floats(codes)) < TOLERANCE);

  const { network } = architecture;
  assert.ok(network.task === "detect");
  const found = network.head(classes).decode(outputs, VIEW, { score: 0.001, max: 300 });
  const agreement = compareDetections(found, detectionsOf(expected), { pixels: 0.01, score: 1e-5 });
  assert.equal(agreement.reference, 300);
  assert.equal(agreement.matched, 300);
  assert.equal(agreement.misplaced, 0);
});

function withHead(architecture: Architecture, head: SegmentationNetwork["head"]): Architecture {
  return { ...architecture, network: { ...architecture.network, task: "segment", head } };
}

const SEGMENTATION = {
  lraspp: withHead(
    torchvisionLrAspp(multiplier),
    (classes) => lrAspp({ classes, high: "C5", low: "C2", filters: 16 }),
  ),
  deeplabv3: withHead(
    torchvisionDeepLab(multiplier),
    (classes) => deepLabV3({ classes, features: "C5", auxiliary: "C2", filters: 16 }),
  ),
} as const;

for (const [name, architecture] of Object.entries(SEGMENTATION)) {
  Deno.test(`a narrow ${name} returns torchvision's logits and labels`, async () => {
    const { file, logits, mask } = networks[name as keyof typeof SEGMENTATION];
    const found = await run(architecture, file, normalised(PICTURE, IMAGENET_NORMALISATION));
    assert.deepEqual(found.logits.shape, logits.shape);
    assert.ok(relativeError(found.logits.data, floats(logits)) < TOLERANCE);

    const reference = decodeBase64(mask.data);
    const labels = labelsOf(readLabelLogits(found.logits, VIEW)).data;
    assert.equal(differingLabels(labels, reference), 0);
    const tied = reference.reduce((count, label) => count + (label === 255 ? 1 : 0), 0);
    assert.ok(tied < reference.length / 1000, `${tied} pixels say nothing`);
  });
}

Deno.test("a narrow fastseg network returns its reference's logits", async () => {
  const { file, side, every, logits, largest } = networks.fastseg;
  const architecture = fastsegNetwork("small", 16, multiplier);
  const image = testImage(side, side);
  const found = await run(architecture, file, normalised(image, IMAGENET_NORMALISATION));
  assert.deepEqual(found.logits.shape, [1, classes, side / 2, side / 2]);
  const sampled = found.logits.data.filter((_, index) => index % every === 0);
  const reference = floats(logits);
  const share = Math.max(...reference.map(Math.abs)) / largest;
  assert.ok(relativeError(sampled, reference) * share < TOLERANCE);
});

for (const { resize, size, crop, pixels, floats: unrounded } of manifest.preprocessing) {
  const what = `${resize} to ${size.join("×")}${crop ? `, the middle ${crop.join("×")}` : ""}`;
  Deno.test(`images are resized as ${unrounded ? "PyTorch" : "Pillow"} does: ${what}`, async () => {
    const g = new GraphBuilder();
    const image = g.preprocess(g.image(), {
      resize,
      crop: crop ?? undefined,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    const graph = g.finish({ pixels: image });
    const weights = bindWeights(graph, () => undefined, "no weights");
    const session = await Session.open(encodeOnnx(toOnnx(graph, weights).model), what);
    const { pixels: found } = await session.run({
      image: { shape: [1, height, width, 3], data: PICTURE.data },
      size: { shape: [2], data: BigInt64Array.from(size, BigInt) },
    });
    await session.close();
    const expected = unrounded ? floats(unrounded) : decodeBase64(pixels!.data);
    assert.deepEqual(found.shape, [1, ...(unrounded ?? pixels!).shape]);
    const errors = expected.map((value, index) => Math.abs(value - Number(found.data[index])));
    assert.ok(Math.max(...errors) <= (unrounded ? 1e-3 : 1), `off by ${Math.max(...errors)}`);
  });
}

/** A model of a narrow network, run on the JPEG. */
async function runOnFile(checkpoint: Checkpoint, preprocessing: Preprocessing) {
  const { task } = checkpoint.architecture.network;
  const labels = numberedLabels(task, classes);
  const model = await Model.fromNetwork(
    "a narrow model",
    checkpointNetwork(checkpoint, preprocessing, labels),
  );
  const image = await readImage(fileURLToPath(new URL(manifest.from_file.file, FIXTURES)));
  const [{ outputs }, { detect }] = [
    await model.infer(image),
    await model.predict(image, { detect: { score: 0.001, max: 300 } }),
  ];
  await model.close();
  return { outputs, detect };
}

Deno.test("from the JPEG on, a narrow classifier returns torchvision's logits", async () => {
  const { logits, resize, crop } = manifest.from_file;
  const { file } = networks.mobilenet_v3_small;
  const checkpoint = await readCheckpoint(CLASSIFIERS.mobilenet_v3_small, file);
  const { outputs } = await runOnFile(checkpoint, classificationPreprocessing(resize, crop));
  assert.ok(relativeError(outputs["classify.logits"].data as Float32Array, floats(logits)) < TOLERANCE);
});

Deno.test("from the JPEG on, a narrow SSDLite returns torchvision's detections", async () => {
  const checkpoint = await readCheckpoint(torchvisionSsdLite(wider, wider), networks.ssdlite.file);
  const { detect } = await runOnFile(checkpoint, {
    size: { kind: "exact", height, width },
    interpolation: "bilinear",
    ...SYMMETRIC_NORMALISATION,
  });
  const reference = detectionsOf(manifest.from_file.found);
  const agreement = compareDetections(detect!, reference, { pixels: 0.1, score: 1e-4 });
  assert.equal(agreement.matched, reference.count);
  assert.equal(agreement.reference, 300);
});
