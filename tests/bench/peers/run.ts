/**
 * Measures bneck beside its peers and writes docs/benchmarks.md from what it measured.
 *
 *     deno task bench:peers [--scratch FOLDER] [--rounds N] [--quick] [--only PART,…] [--network NAME] [--out FILE]
 *
 * Peers are installed into the scratch folder on the first run: 6 GB, most of it torch. The parts are graphs,
 * images, photos, coco and cityscapes; --network runs those of images and photos with one network (centernet, yolo, …).
 * Without all of them, or with --quick (one round), no document is written unless --out says where.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROOT, shared } from "../../support/shared.ts";
import { bneckImages, DENO_FLAGS } from "./bneck.ts";
import { cityscapesScripts } from "./cityscapes_scripts.ts";
import { cocoEvaluators } from "./coco_evaluators.ts";
import { type Findings, type ImageFinding, writeDocument } from "./document.ts";
import type { GraphRow } from "./exported_graphs.ts";
import { type ImageWork, testImages, THREADS } from "./job.ts";
import { torchExports, torchNetworks } from "./networks.ts";
import { onnxruntimePython } from "./onnxruntime_python.ts";
import { type Contender, measureInTurns } from "./rounds.ts";
import { DEFAULT_SCRATCH, output } from "./scratch.ts";
import { tfjsWasm } from "./tfjs_wasm.ts";
import { torchvisionCpu } from "./torchvision_cpu.ts";
import { transformersJs } from "./transformers_js.ts";
import { ultralyticsPredictor } from "./ultralytics.ts";

const PARTS = ["graphs", "images", "photos", "coco", "cityscapes"] as const;

const { values } = parseArgs({
  options: {
    scratch: { type: "string", default: DEFAULT_SCRATCH },
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join() },
    network: { type: "string" },
    out: { type: "string" },
  },
});
const { scratch } = values;
const rounds = values.quick ? 1 : Number(values.rounds);
const parts = values.only.split(",");

if (!existsSync(shared("data/coco-mini"))) {
  console.log("this benchmark needs ../shared, which holds its images");
} else {
  await Deno.mkdir(scratch, { recursive: true });
  const findings: Findings = {
    rounds,
    graphs: parts.includes("graphs") ? await measureGraphs() : undefined,
    images: parts.includes("images") || parts.includes("photos") ? await measureImages() : undefined,
    coco: parts.includes("coco") ? await measureInTurns(await cocoEvaluators(scratch), rounds) : undefined,
    cityscapes: parts.includes("cityscapes")
      ? await measureInTurns(await cityscapesScripts(scratch), rounds)
      : undefined,
  };
  const isWhole = !values.quick && values.network === undefined &&
    PARTS.every((part) => parts.includes(part));
  const document = await writeDocument(findings);
  const path = values.out ?? (isWhole ? `${ROOT}docs/benchmarks.md` : undefined);
  if (path === undefined) console.log(document);
  else {
    await Deno.writeTextFile(path, document + await profilesSection(path));
    await output(Deno.execPath(), ["fmt", "--quiet", path], { cwd: ROOT });
    console.error(`wrote ${path}`);
  }
}

/** What `deno task bench:profile` found, at the end of a document that is written anew. */
async function profilesSection(path: string): Promise<string> {
  const text = existsSync(path) ? await Deno.readTextFile(path) : "";
  const from = text.indexOf("\n## Profiles\n");
  return from < 0 ? "" : text.slice(from);
}

async function measureGraphs(): Promise<Findings["graphs"]> {
  const networks = await torchNetworks(scratch);
  const exported = await torchExports(scratch);
  const script = fileURLToPath(new URL("exported_graphs.ts", import.meta.url));
  const runs = values.quick ? 10 : 20 * rounds;
  const printed = await output(Deno.execPath(), [
    ...["run", ...DENO_FLAGS, script, networks, exported.folder, String(runs)],
  ]);
  return { ...exported, runs, rows: (JSON.parse(printed) as { rows: GraphRow[] }).rows };
}

/** What bneck does beside some of its peers. */
interface ImageComparison {
  readonly title: string;
  readonly work: ImageWork;
  readonly peers: (work: ImageWork) => Promise<Contender>[];
}

async function measureImages(): Promise<ImageFinding[]> {
  const findings: ImageFinding[] = [];
  for (const { title, work, peers } of imageComparisons()) {
    if (!parts.includes(work.photos === undefined ? "images" : "photos")) continue;
    if (values.network !== undefined && values.network !== work.network) continue;
    console.error(title);
    const contenders = [await bneckImages(scratch, work)];
    for (const peer of peers(work)) contenders.push(await peer);
    findings.push({
      title,
      images: work.photos ?? testImages().length,
      measured: await measureInTurns(contenders, rounds),
    });
  }
  return findings;
}

function imageComparisons(): ImageComparison[] {
  const square = [512, 512] as const;
  const street = [360, 480] as const;
  return [
    {
      title: "Detect: the embedded CenterNet, longer side 512",
      work: { network: "centernet" },
      peers: (work) => [onnxruntimePython(scratch, work)],
    },
    {
      title: "Detect: the embedded CenterNet, 512×512 as its TensorFlow.js file wants it",
      work: { network: "centernet", size: square },
      peers: (work) => [tfjsWasm(scratch, work, 1), tfjsWasm(scratch, work, THREADS)],
    },
    {
      title: "Detect: torchvision's SSDLite320 V3-Large, random weights",
      work: { network: "ssdlite" },
      peers: (work) => [onnxruntimePython(scratch, work), torchvisionCpu(scratch, work)],
    },
    {
      title: "Detect: ultralytics' export of YOLOv8n, 320×320, random weights",
      work: { network: "yolo" },
      peers: (work) => [ultralyticsPredictor(scratch, work)],
    },
    {
      title: "Segment: the embedded everyday decoder (the default), shorter side 352",
      work: { network: "everyday" },
      peers: (work) => [onnxruntimePython(scratch, work)],
    },
    {
      title: "Segment: the embedded street decoder, shorter side 360",
      work: { network: "street" },
      peers: (work) => [onnxruntimePython(scratch, work)],
    },
    {
      title: "Segment: the embedded street decoder, 360×480",
      work: { network: "street", size: street },
      peers: (work) => [transformersJs(scratch, { ...work, size: street })],
    },
    {
      title: "Segment: torchvision's LR-ASPP V3-Large, random weights, shorter side 520",
      work: { network: "lraspp" },
      peers: (work) => [onnxruntimePython(scratch, work), torchvisionCpu(scratch, work)],
    },
    {
      title: "Detect in photos of 12 megapixels: the embedded CenterNet, longer side 512",
      work: { network: "centernet", photos: 24 },
      peers: (work) => [onnxruntimePython(scratch, work)],
    },
    {
      title: "Segment photos of 12 megapixels: the embedded everyday decoder, shorter side 352",
      // Fewer, since Pillow enlarges the logits of each class to 12 megapixels.
      work: { network: "everyday", photos: 6 },
      peers: (work) => [onnxruntimePython(scratch, work)],
    },
  ];
}
