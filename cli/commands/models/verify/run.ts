/** The code of `bneck models verify`. */
import { BneckError, ExitStatus, modelError } from "../../../../core/errors.ts";
import { countParameters, graphParameters } from "../../../../core/graph/mod.ts";
import { bindCheckpoint, checkpointGraph, openCheckpoint } from "../../../../models/checkpoint.ts";
import { digestOf } from "../../../../models/download.ts";
import type { ModelEntry } from "../../../../models/entry.ts";
import { MODELS } from "../../../../models/registry.ts";
import { formatBytes, formatCount } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { downloadOf, fileSize, weightsPath } from "../weights_path.ts";

/** A file to look at. */
interface Subject {
  readonly path: string;
  /** The model whose file it should be. */
  readonly model?: ModelEntry;
}

/** What was found out about a file. */
interface Finding {
  readonly file: string;
  readonly model: string | null;
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
  readonly json: boolean;
}

export default async function verify(this: Context, flags: Flags, ...names: string[]): Promise<void> {
  const subjects = names.length > 0 ? names.map((name) => subjectOf(name, this)) : await presentModels(this);
  if (subjects.length === 0) {
    this.log.info("no weights have been fetched yet: bneck models pull MODEL fetches some");
  }
  const findings: Finding[] = [];
  for (const subject of subjects) {
    const finding = await examine(subject, flags.arch);
    findings.push(finding);
    if (flags.json) continue;
    if (finding.error === null) this.print(describe(finding));
    else this.log.error(finding.error);
    for (const warning of finding.warnings) this.log.warn(warning);
  }
  if (flags.json) this.printJson(findings);
  if (findings.some(({ error }) => error !== null)) this.exitStatus = ExitStatus.unusableModel;
}

function subjectOf(name: string, context: Context): Subject {
  const model = MODELS.find((entry) => entry.name === name || entry.aliases.includes(name));
  const path = model && weightsPath(model, (variable) => context.env(variable));
  return model && path !== undefined ? { path, model } : { path: name };
}

/** Models whose weights are here. */
async function presentModels(context: Context): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const model of MODELS) {
    const path = weightsPath(model, (variable) => context.env(variable));
    if (path !== undefined && await fileSize(path) !== null) subjects.push({ path, model });
  }
  return subjects;
}

async function examine({ path, model }: Subject, arch: string | undefined): Promise<Finding> {
  const nothing = {
    file: path,
    model: model?.name ?? null,
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
    digest = await digestOf(path);
    if (!digest) throw modelError(`${path}: there is no such file`);
    const wanted = model && downloadOf(model)!.sha256;
    if (wanted !== undefined && !digest.sha256.startsWith(wanted)) {
      throw modelError(
        `${path} is not the file that ${
          model!.name
        } wants: its SHA-256 is ${digest.sha256}, it should begin with ` +
          `${wanted}. Remove it and fetch it again`,
      );
    }
    const checkpoint = await openCheckpoint(path, { architecture: arch ?? model?.architecture });
    const graph = checkpointGraph(checkpoint);
    const { warnings } = bindCheckpoint(checkpoint, graph);
    return {
      ...nothing,
      ...digest,
      format: checkpoint.file.format,
      architecture: checkpoint.architecture.network.name,
      classes: checkpoint.classes,
      parameters: countParameters(graphParameters(graph)),
      warnings,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof BneckError)) throw error;
    return { ...nothing, ...digest, error: error.message };
  }
}

function describe(
  { file, model, architecture, classes, parameters, format, bytes, sha256 }: Finding,
): string {
  return `${file}: ${model ? `${model}, ` : ""}${architecture}, ${classes} classes, ` +
    `${formatCount(parameters!)} parameters, ${format}, ${formatBytes(bytes!)}, SHA-256 ${sha256}`;
}
