/** The networks of the benchmarks in the forms that peers read, made on first use. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportModel, type ModelRequest, resolveModel } from "../../../models/mod.ts";
import { type NetworkName, testImages } from "./job.ts";
import { output, pythonWith } from "./scratch.ts";

/** torchvision's names of its networks here. */
export const ARCHITECTURES: Readonly<Partial<Record<NetworkName, string>>> = {
  lraspp: "lraspp_mobilenet_v3_large",
  ssdlite: "ssdlite320_mobilenet_v3_large",
};

/** A Python with the current torch and torchvision. */
export function torchPython(scratch: string): Promise<string> {
  return pythonWith(scratch, "torch", ["torch", "torchvision", "onnx", "onnxscript"]);
}

/** The folder with torchvision's networks, their weights random. */
export async function torchNetworks(scratch: string): Promise<string> {
  const folder = join(scratch, "networks");
  if (!existsSync(join(folder, "ssdlite320_mobilenet_v3_large.pth"))) {
    await output(await torchPython(scratch), [here("networks.py"), folder]);
  }
  return folder;
}

/** The weights of one of torchvision's networks. */
export async function torchWeights(scratch: string, network: NetworkName): Promise<string> {
  return join(await torchNetworks(scratch), `${ARCHITECTURES[network]}.pth`);
}

/** What bneck is told to find a network. */
export async function networkRequest(scratch: string, network: NetworkName): Promise<ModelRequest> {
  const architecture = ARCHITECTURES[network];
  if (network === "yolo") return { model: await yoloExport(scratch) };
  if (architecture === undefined) return { model: network === "street" ? "street" : "everyday" };
  return { weights: await torchWeights(scratch, network), architecture };
}

/** A Python with ultralytics. */
export function ultralyticsPython(scratch: string): Promise<string> {
  const packages = ["ultralytics==8.4.190", "onnx", "onnxruntime", "opencv-python-headless"];
  return pythonWith(scratch, "ultralytics", packages);
}

/** A YOLOv8n with random weights, as ultralytics exports it at 320×320. */
export async function yoloExport(scratch: string): Promise<string> {
  const folder = join(scratch, "networks");
  // The first of the script's networks; its weights come to life on a few photos.
  const path = join(folder, "yolov8n.onnx");
  if (!existsSync(path)) {
    const script = fileURLToPath(new URL("../../parity/exported_detectors.py", import.meta.url));
    const photos = testImages().slice(0, 4);
    await output(await ultralyticsPython(scratch), [script, "--only", "yolov8n", folder, ...photos]);
  }
  return path;
}

/** The file that `bneck export --raw` writes of a network. */
export async function exportedRaw(scratch: string, network: NetworkName): Promise<string> {
  const path = join(scratch, "networks", `${network}.onnx`);
  const model = await resolveModel(await networkRequest(scratch, network));
  const { bytes } = await exportModel(model, {
    raw: true,
    tasks: network === "street" || network === "everyday"
      ? ["segment"]
      : network === "centernet"
      ? ["detect"]
      : undefined,
    size: network === "ssdlite" ? [320, 320] : undefined,
  });
  await Deno.mkdir(join(scratch, "networks"), { recursive: true });
  await Deno.writeFile(path, bytes);
  return path;
}

/** What torch.onnx.export writes of torchvision's networks: a folder, versions, and what it could not export. */
export async function torchExports(scratch: string): Promise<ExportedFiles> {
  const folder = join(scratch, "exports");
  const facts = join(folder, "exports.json");
  if (!existsSync(facts)) {
    const networks = await torchNetworks(scratch);
    const printed = await output(await torchPython(scratch), [here("exported_graphs.py"), networks, folder]);
    await Deno.writeTextFile(facts, printed.trimEnd().split("\n").at(-1)!);
  }
  return { folder, ...JSON.parse(await Deno.readTextFile(facts)) };
}

/** Files that torch.onnx.export wrote. */
export interface ExportedFiles {
  readonly folder: string;
  readonly versions: Readonly<Record<string, string>>;
  /** `name.exporter` of what could not be exported. */
  readonly failed: readonly string[];
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
