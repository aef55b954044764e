/** The code of `bneck models verify`. */
import { ExitStatus } from "../../../../core/errors.ts";
import { fileSize, weightsPath } from "../../../../models/cache.ts";
import { modelNamed, MODELS } from "../../../../models/registry.ts";
import { verifyWeights, type WeightsFinding, type WeightsSubject } from "../../../../models/verify.ts";
import { formatBytes, formatCount } from "../../../console/format.ts";
import { wrap } from "../../../console/output.ts";
import type { Context } from "../../../context.ts";
import { wordedForUsers } from "../../../failures.ts";

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
  const findings: WeightsFinding[] = [];
  for (const subject of subjects) {
    const finding = await verifyWeights(subject, { architecture: flags.arch, weightsKey: flags.weightsKey });
    findings.push(finding);
    if (flags.json) continue;
    if (finding.error === null) this.print(wrap(describe(finding), this.tableWidth() ?? Infinity).join("\n"));
    else this.log.error(wordedForUsers(finding.error));
    for (const warning of finding.warnings) this.log.warn(warning);
  }
  if (flags.json) {
    this.printJson(
      findings.map(({ error, ...facts }) => ({ ...facts, error: error && wordedForUsers(error) })),
    );
  }
  if (findings.some(({ error }) => error !== null)) this.exitStatus = ExitStatus.unusableModel;
}

function subjectOf(name: string, context: Context): WeightsSubject {
  const model = modelNamed(name);
  return model ? { path: weightsPath(model, (variable) => context.env(variable)), model } : { path: name };
}

/** Models whose weights are present, including those that come with bneck. */
async function presentModels(context: Context): Promise<WeightsSubject[]> {
  const subjects: WeightsSubject[] = [];
  for (const model of MODELS) {
    const path = weightsPath(model, (variable) => context.env(variable));
    if (path === undefined || await fileSize(path) !== null) subjects.push({ path, model });
  }
  return subjects;
}

function describe(
  { file, model, tasks, raw, architecture, classes, parameters, ...rest }: WeightsFinding,
): string {
  const does = tasks.join(" and ");
  if (file === null) return `${model}: comes with bneck, to ${does}, ${formatCount(parameters!)} parameters`;
  const parts = [
    ...(model ? [model] : []),
    ...(tasks.length > 0 ? [raw ? `the bare network, to ${does}` : `exported to ${does}`] : []),
    ...(architecture === null
      ? []
      : [architecture, `${classes} classes`, `${formatCount(parameters!)} parameters`]),
    rest.format,
    formatBytes(rest.bytes!),
    `SHA-256 ${rest.sha256}`,
  ];
  return `${file}: ${parts.join(", ")}`;
}
