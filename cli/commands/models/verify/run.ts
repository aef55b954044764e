/** The code of `bneck models verify`. */
import { BneckError, ExitStatus, modelError } from "../../../../core/errors.ts";
import { countParameters, graphParameters } from "../../../../core/graph/mod.ts";
import { didYouMean } from "../../../../core/files/mod.ts";
import { readWeightFile } from "../../../../core/weights/mod.ts";
import { bindCheckpoint, checkpointGraph, openCheckpoint } from "../../../../models/checkpoint.ts";
import { digestOf } from "../../../../models/download.ts";
import type { ModelEntry } from "../../../../models/entry.ts";
import { type ModelMetadata, readMetadata } from "../../../../models/metadata.ts";
import { readOnnxModel } from "../../../../models/onnx_model.ts";
import { notFetched } from "../../../../models/registry.ts";
import { modelOfFile, MODELS } from "../../../../models/registry.ts";
import { formatBytes, formatCount } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { wordedForUsers } from "../../../failures.ts";
import { downloadOf, fileSize, weightsPath } from "../weights_path.ts";

/** What to look at: a file, the file of a model, or a model that comes with bneck. */
type Subject =
  | { readonly path: string; readonly model?: ModelEntry }
  | { readonly path: undefined; readonly model: ModelEntry };

/** What was found out about a file. */
interface Finding {
  /** `null` for a model that comes with bneck. */
  readonly file: string | null;
  readonly model: string | null;
  /** Of a model that comes with bneck, and of a file that bneck exported: what its heads do. */
  readonly tasks: readonly string[];
  /** Whether the file was exported as the network alone. */
  readonly raw: boolean;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly format: string | null;
  readonly architecture: string | null;
  readonly classes: number | null;
  readonly parameters: number | null;
  readonly warnings: readonly string[];
  /** Why it cannot be used; `null` when it can. */
  readonly error: string | null;
}

interface Flags {
  readonly arch?: string;
  readonly weightsKey?: string;
  readonly json: boolean;
}

export default async function verify(this: Context, flags: Flags, ...names: string[]): Promise<void> {
  const subjects = names.length > 0 ? names.map((name) => subjectOf(name, this)) : await presentModels(this);
  if (subjects.every(({ path }) => path === undefined) && names.length === 0) {
    this.log.info("no weights have been fetched yet: bneck models pull MODEL fetches some");
  }
  const findings: Finding[] = [];
  for (const subject of subjects) {
    const finding = await examine(subject, flags);
    findings.push(finding);
    if (flags.json) continue;
    if (finding.error === null) this.print(describe(finding));
    else this.log.error(finding.error);
    for (const warning of finding.warnings) this.log.warn(warning);
  }
  if (flags.json) this.printJson(findings);
  if (findings.some(({ error }) => error !== null)) this.exitStatus = ExitStatus.unusableModel;
}

const MODEL_NAMES = MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);

function subjectOf(name: string, context: Context): Subject {
  const model = MODELS.find((entry) => entry.name === name || entry.aliases.includes(name));
  return model ? { path: weightsPath(model, (variable) => context.env(variable)), model } : { path: name };
}

/** Models whose weights are here, those that come with bneck among them. */
async function presentModels(context: Context): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const model of MODELS) {
    const path = weightsPath(model, (variable) => context.env(variable));
    if (path === undefined || await fileSize(path) !== null) subjects.push({ path, model });
  }
  return subjects;
}

async function examine(
  { path, model }: Subject,
  { arch, weightsKey }: Pick<Flags, "arch" | "weightsKey">,
): Promise<Finding> {
  const nothing = {
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
  };
  let digest: Awaited<ReturnType<typeof digestOf>>;
  try {
    if (path === undefined) {
      const { graph, warnings = [] } = await model.build(model.tasks);
      const parameters = countParameters(graphParameters(graph));
      return { ...nothing, tasks: model.tasks, parameters, warnings, error: null };
    }
    digest = await digestOf(path);
    if (!digest) {
      throw model
        ? notFetched(model.name, downloadOf(model)!, path)
        : modelError(`${path}: there is no such file${didYouMean(path, MODEL_NAMES)}`);
    }
    const wanted = model && downloadOf(model)!.sha256;
    if (wanted !== undefined && !digest.sha256.startsWith(wanted)) {
      throw modelError(
        `${path} is not the file that ${
          model!.name
        } wants: its SHA-256 is ${digest.sha256}, it should begin with ` +
          `${wanted}. Remove it and fetch it again`,
      );
    }
    const exported = arch === undefined ? await exportedAs(path) : undefined;
    const tasks = Object.keys(exported?.tasks ?? {});
    const raw = exported?.input === "tensor";
    if (exported && exported.architecture === undefined) {
      return { ...nothing, ...digest, model: exported.name, tasks, raw, format: "onnx", error: null };
    }
    const named = model ?? modelOfFile(path);
    const checkpoint = await openCheckpoint(path, {
      architecture: arch ?? named?.architecture,
      key: weightsKey,
    });
    const graph = checkpointGraph(checkpoint);
    const { warnings } = bindCheckpoint(checkpoint, graph);
    return {
      ...nothing,
      ...digest,
      tasks,
      raw,
      format: checkpoint.file.format,
      architecture: checkpoint.architecture.network.name,
      classes: checkpoint.classes,
      parameters: countParameters(graphParameters(graph)),
      warnings: named && !digest.sha256.startsWith(downloadOf(named)!.sha256)
        ? [...warnings, `${path} has the name of the weights of ${named.name}, but is another file`]
        : warnings,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof BneckError)) throw error;
    return { ...nothing, ...digest, error: wordedForUsers(error) };
  }
}

/** What a file says about itself that bneck exported. */
async function exportedAs(path: string): Promise<ModelMetadata | undefined> {
  if (!/\.onnx$/i.test(path)) return undefined;
  const { facts } = await readWeightFile(path);
  if (!facts.has("bneck.format")) return undefined;
  const metadata = readMetadata(new Map([...facts].map(([key, value]) => [key, String(value)])), path);
  // Whether its inputs and outputs are those of a model.
  if (metadata.input === "image") await readOnnxModel(path);
  return metadata;
}

function describe({ file, model, tasks, raw, architecture, classes, parameters, ...rest }: Finding): string {
  const does = tasks.join(" and ");
  if (file === null) return `${model}: comes with bneck, to ${does}, ${formatCount(parameters!)} parameters`;
  const parts = [
    ...(model ? [model] : []),
    ...(tasks.length > 0 ? [raw ? `the network alone, to ${does}` : `exported to ${does}`] : []),
    ...(architecture === null
      ? []
      : [architecture, `${classes} classes`, `${formatCount(parameters!)} parameters`]),
    rest.format,
    formatBytes(rest.bytes!),
    `SHA-256 ${rest.sha256}`,
  ];
  return `${file}: ${parts.join(", ")}`;
}
