/** What files of weights are, and whether they can be used. */
import { BneckError, modelError } from "../core/errors.ts";
import { didYouMean, digestOf } from "../core/files/mod.ts";
import { countParameters, graphParameters } from "../core/graph/mod.ts";
import { readWeightFile } from "../core/weights/mod.ts";
import { downloadOf } from "./cache.ts";
import { bindCheckpoint, checkpointGraph, openCheckpoint } from "./checkpoint.ts";
import type { ModelEntry } from "./entry.ts";
import { type ModelMetadata, readMetadata } from "./metadata.ts";
import { readOnnxModel } from "./onnx_model.ts";
import { modelOfFile, MODELS, notFetched } from "./registry.ts";

/** What to check: a file, the downloaded file of a model, or a model that comes with bneck. */
export type WeightsSubject =
  | { readonly path: string; readonly model?: ModelEntry }
  | { readonly path: undefined; readonly model: ModelEntry };

/** What the user says about the files. */
export interface VerifyOptions {
  /** The architecture that they should be for; by default it is recognised. */
  readonly architecture?: string;
  /** The key of a PyTorch checkpoint under which the weights lie. */
  readonly weightsKey?: string;
}

/** What was found out about weights. `null` stands for what a file does not have, or what was not reached. */
export interface WeightsFinding {
  /** `null` for a model that comes with bneck. */
  readonly file: string | null;
  readonly model: string | null;
  /** What the heads do, of an exported file and of a model that comes with bneck. */
  readonly tasks: readonly string[];
  /** Whether the file was exported without its preprocessing. */
  readonly raw: boolean;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly format: string | null;
  readonly architecture: string | null;
  readonly classes: number | null;
  readonly parameters: number | null;
  readonly warnings: readonly string[];
  /** Why the weights cannot be used; `null` when they can. */
  readonly error: BneckError | null;
}

/**
 * Reads weights and checks their digest, names, shapes and numbers. Nothing in a file is executed. Problems with a file
 * are part of the finding, not thrown.
 */
export async function verifyWeights(
  { path, model }: WeightsSubject,
  { architecture, weightsKey }: VerifyOptions = {},
): Promise<WeightsFinding> {
  const nothing: WeightsFinding = {
    file: path ?? null,
    model: model?.name ?? null,
    tasks: [],
    raw: false,
    bytes: null,
    sha256: null,
    format: null,
    architecture: null,
    classes: null,
    parameters: null,
    warnings: [],
    error: null,
  };
  let digest: Awaited<ReturnType<typeof digestOf>>;
  try {
    if (path === undefined) {
      const { graph, warnings = [] } = await model.build(model.tasks);
      return {
        ...nothing,
        tasks: model.tasks,
        parameters: countParameters(graphParameters(graph)),
        warnings,
      };
    }
    digest = await digestOf(path);
    if (!digest) throw absent(path, model);
    const published = model && downloadOf(model)!.sha256;
    if (published !== undefined && !digest.sha256.startsWith(published)) {
      throw modelError(
        `${path} is not the file published for ${
          model!.name
        }: its SHA-256 is ${digest.sha256}, it should begin with ` +
          `${published}. Remove it and fetch it again`,
      );
    }
    const exported = architecture === undefined ? await exportedAs(path) : undefined;
    const found = {
      ...nothing,
      ...digest,
      tasks: Object.keys(exported?.tasks ?? {}),
      raw: exported?.input === "tensor",
    };
    if (exported && exported.architecture === undefined) {
      return { ...found, model: exported.name, format: "onnx" };
    }

    const named = model ?? modelOfFile(path);
    const checkpoint = await openCheckpoint(path, {
      architecture: architecture ?? named?.architecture,
      key: weightsKey,
    });
    const graph = checkpointGraph(checkpoint);
    const { warnings } = bindCheckpoint(checkpoint, graph);
    const renamed = named && !digest.sha256.startsWith(downloadOf(named)!.sha256);
    return {
      ...found,
      format: checkpoint.file.format,
      architecture: checkpoint.architecture.network.name,
      classes: checkpoint.classes,
      parameters: countParameters(graphParameters(graph)),
      warnings: renamed
        ? [...warnings, `${path} has the name of the weights of ${named.name}, but is another file`]
        : warnings,
    };
  } catch (error) {
    if (!(error instanceof BneckError)) throw error;
    return { ...nothing, ...digest, error };
  }
}

function absent(path: string, model: ModelEntry | undefined): BneckError {
  if (model) return notFetched(model.name, downloadOf(model)!, path);
  const names = MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);
  return modelError(`cannot read ${path}: no such file or folder${didYouMean(path, names)}`);
}

/** The metadata of a file that bneck exported. */
async function exportedAs(path: string): Promise<ModelMetadata | undefined> {
  if (!/\.onnx$/i.test(path)) return undefined;
  const { facts } = await readWeightFile(path);
  if (!facts.has("bneck.format")) return undefined;
  const metadata = readMetadata(new Map([...facts].map(([key, value]) => [key, String(value)])), path);
  // Whether its inputs and outputs are those of a model.
  if (metadata.input !== "tensor") await readOnnxModel(path);
  return metadata;
}
