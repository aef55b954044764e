/** The code of `bneck adopt`. */
import { writeFileAtomic } from "../../../core/files/mod.ts";
import { adoptFile, type Adoption, type Answers, type Finding } from "../../../models/adopt/mod.ts";
import { exactExtent, type InputSize } from "../../../models/input_size.ts";
import { readClassNames } from "../../../models/labels.ts";
import type { ChannelValues } from "../../../models/tensor_input.ts";
import { flagName } from "../../arguments.ts";
import { formatBytes } from "../../console/format.ts";
import { wrap } from "../../console/output.ts";
import type { Context } from "../../context.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";

interface Flags extends Omit<Answers, "labels" | "crop" | "mean" | "std" | "outputNames"> {
  readonly outputNames?: { readonly values: readonly string[] };
  readonly mean?: { readonly values: ChannelValues };
  readonly std?: { readonly values: ChannelValues };
  readonly out?: string;
  readonly labels?: string;
  readonly crop?: InputSize;
  readonly overwrite: boolean;
  readonly json: boolean;
}

export default async function adopt(this: Context, flags: Flags, file: string): Promise<void> {
  const { out, overwrite, json, labels, crop, mean, std, outputNames, ...answers } = flags;
  if (out !== undefined) await checkOutput(out, file, { labels, overwrite });
  this.log.debug(`running ${file} once`);
  const adoption = await adoptFile(file, {
    ...answers,
    ...(labels === undefined ? {} : { labels: await readClassNames(labels) }),
    ...(outputNames && { outputNames: outputNames.values }),
    ...(mean && { mean: mean.values }),
    ...(std && { std: std.values }),
    ...(crop === undefined ? {} : { crop: exactExtent(crop) }),
  });
  if (out !== undefined) {
    await writeFileAtomic(out, adoption.bytes);
    if (!/\.onnx$/i.test(out)) {
      this.log.warn(`--model takes exported files by names that end in .onnx, which ${out} does not`);
    }
  }
  if (json) return this.printJson(asJson(adoption, out));
  const width = this.tableWidth() ?? Infinity;
  for (const finding of adoption.findings) this.print(linesOf(finding, width));
  if (adoption.findings.some(({ isAssumed }) => isAssumed)) {
    this.log.info("? marks what nothing in the file says: the flags behind it change it");
  }
  this.print(
    out === undefined
      ? `nothing is written: with -o FILE the file becomes a model`
      : `${out}: ${adoption.model.name}, ${formatBytes(adoption.bytes.length)}; one image was run through it`,
  );
}

async function checkOutput(
  out: string,
  file: string,
  { labels, overwrite }: Pick<Flags, "labels" | "overwrite">,
): Promise<void> {
  refuseReplacing({ out }, { labels }, [{ what: "the file itself", path: file }]);
  await checkOutputFile(out, overwrite);
}

/** Columns of the topic and its mark. */
const TOPIC_WIDTH = 12;

/** `images    letterboxed into 640×640 (ultralytics' metadata; --fit, --size)`, in lines of a width. */
export function linesOf({ topic, text, because, options, isAssumed }: Finding, width: number): string {
  const flags = options.map(flagName).join(", ");
  const lines = wrap(`${text} (${because}${flags ? `; ${flags}` : ""})`, Math.max(20, width - TOPIC_WIDTH));
  const head = `${isAssumed ? "?" : " "} ${topic}`.padEnd(TOPIC_WIDTH);
  return lines.map((line, k) => (k === 0 ? head : " ".repeat(TOPIC_WIDTH)) + line).join("\n");
}

function asJson({ findings, model, bytes }: Adoption, out: string | undefined) {
  return {
    file: out ?? null,
    model: model.name,
    tasks: model.tasks,
    bytes: bytes.length,
    findings: findings.map(({ options, isAssumed, ...rest }) => ({
      ...rest,
      assumed: isAssumed,
      flags: options.map(flagName),
    })),
  };
}
