/**
 * The code of `bneck doctor`.
 *
 * @module
 */
import { ExitStatus } from "../../../core/errors.ts";
import type { Colors } from "../../console/colors.ts";
import { formatBytes, formatMilliseconds, formatPercent, plural } from "../../console/format.ts";
import { readConfiguration } from "../../configuration.ts";
import { wrap } from "../../console/output.ts";
import type { Context } from "../../context.ts";
import { describeMemory, describeProcessor } from "../../../core/machine.ts";
import { VERSION } from "../../version.ts";
import {
  checkCache,
  checkCodecs,
  checkFfmpeg,
  checkLatency,
  checkModels,
  checkPermissions,
  checkRuntime,
  type LatencyFinding,
} from "./checks.ts";

/** Of the names before the findings. */
const NAME_WIDTH = 11;

/** All findings, as `--json` prints them. */
type Findings = Awaited<ReturnType<typeof examine>>;

export default async function doctor(this: Context, { json }: { readonly json: boolean }): Promise<void> {
  const findings = await examine((name) => this.env(name), this.cwd);
  if (json) this.printJson(findings);
  else this.print(describe(findings, this.colors, this.tableWidth()));
  if (!findings.usable) this.exitStatus = ExitStatus.unusableModel;
}

async function examine(env: (name: string) => string | undefined, folder: string) {
  const [onnxruntime, models, codecs, ffmpeg, processor, cache, permissions] = [
    await checkRuntime(),
    await checkModels(),
    await checkCodecs(),
    await checkFfmpeg(),
    await describeProcessor(),
    await checkCache(env),
    await checkPermissions(),
  ];
  const problems: string[] = [];
  if (!onnxruntime.ok) {
    problems.push(`onnxruntime does not work: ${onnxruntime.error}; run "deno install" in bneck's folder`);
  }
  for (const model of models) {
    if (!model.ok) problems.push(`the embedded model ${model.name} cannot be used: ${model.error}`);
  }
  for (const [error, broken] of Map.groupBy(codecs.filter(({ ok }) => !ok), ({ error }) => error)) {
    problems.push(`${broken.map(({ format }) => format).join(", ")} images cannot be read: ${error}`);
  }
  const usable = onnxruntime.ok && models[0].ok &&
    codecs.every(({ format, ok }) => ok || !["JPEG", "PNG"].includes(format));
  if (processor.features?.avx2 === false) {
    problems.push("the processor has no AVX2: networks run, but several times slower");
  }
  if (!cache.writable) {
    const where = cache.path ? `${cache.path} is not writable` : "the folder is unknown";
    problems.push(`models cannot be downloaded: ${where}; set BNECK_CACHE to a folder`);
  }
  return {
    bneck: VERSION,
    usable,
    problems,
    deno: { ...Deno.version, os: Deno.build.os, architecture: Deno.build.arch },
    onnxruntime,
    models,
    processor,
    memory: describeMemory(),
    codecs,
    ffmpeg,
    cache,
    latency: await checkLatency(env),
    permissions,
    configuration: (await readConfiguration(folder)) ?? null,
  };
}

function describe(
  findings: Findings,
  { bold, dim, green, red, yellow }: Colors,
  width: number | undefined,
): string {
  const {
    bneck,
    deno,
    onnxruntime,
    models,
    processor,
    memory,
    codecs,
    ffmpeg,
    cache,
    latency,
    permissions,
    configuration,
    problems,
    usable,
  } = findings;
  const mark = (good: boolean, text: string) => good ? green(text) : red(`${text} ✗`);
  const features = processor.features &&
    Object.entries(processor.features).map(([name, present]) =>
      present ? green(name.toUpperCase()) : dim(`no ${name.toUpperCase()}`)
    ).join(", ");
  const rows: [string, string][] = [
    ["bneck", bneck],
    [
      "Deno",
      `${deno.deno} ${
        dim(`(V8 ${deno.v8}, TypeScript ${deno.typescript}; ${deno.os} ${deno.architecture})`)
      }`,
    ],
    [
      "onnxruntime",
      onnxruntime.ok
        ? `${onnxruntime.version} ${green("works")} ` +
          dim(
            `(loaded and ran a test in ${formatMilliseconds(onnxruntime.milliseconds)}; ` +
              `built for ${onnxruntime.backends.join(", ")}; bneck uses cpu)`,
          )
        : red("does not work"),
    ],
    ...models.map((model, k): [string, string] => [
      k === 0 ? "models" : "",
      model.ok ? `${model.name} ${dim(`(${model.tasks.join(", ")})`)}` : red(`${model.name} cannot be used`),
    ]),
    ["processor", `${processor.model}, ${processor.cores} ${processor.cores === 1 ? "core" : "cores"}`],
    ["", features ?? dim("instruction sets unknown: needs --allow-run=/usr/bin/lscpu")],
    [
      "memory",
      memory
        ? `${formatBytes(memory.total)}, ${formatBytes(memory.available)} free`
        : dim("unknown: needs --allow-sys"),
    ],
    ["images", codecs.map(({ format, ok }) => mark(ok, format)).join(", ")],
    [
      "videos",
      ffmpeg === null
        ? dim("none: no ffmpeg that bneck may start (docs/formats.md)")
        : `read and written by ffmpeg ${ffmpeg}`,
    ],
    [
      "cache",
      cache.path
        ? `${cache.path} ${
          dim(`(from ${cache.chosenBy}; ${cache.exists ? "exists" : "created when needed"})`)
        } ` +
          mark(cache.writable, cache.writable ? "writable" : "not writable")
        : yellow("unknown: set BNECK_CACHE"),
    ],
    ...latency.map((table, k): [string, string] => [k === 0 ? "latency" : "", describeLatency(table)]),
    ["permissions", describePermissions(permissions, dim)],
    [
      "bneck.json",
      configuration
        ? `${configuration.path} ${
          dim(JSON.stringify({ flags: configuration.flags, commands: configuration.commands }))
        }`
        : dim("none"),
    ],
  ];
  const lines = rows.flatMap(([name, text]) =>
    (width === undefined ? [text] : wrap(text, width - NAME_WIDTH - 2))
      .map((line, k) => `${bold((k === 0 ? name : "").padEnd(NAME_WIDTH))}  ${line}`)
  );
  const verdict = usable ? green("bneck can be used here.") : red("bneck cannot be used here.");
  return [
    ...lines,
    "",
    ...problems.flatMap((problem) => wrap(`- ${problem}`, width ?? Infinity)).map(yellow),
    verdict,
  ].join("\n");
}

function describeLatency(table: LatencyFinding): string {
  const { processor, onnxruntime, threads, precision, networks, parts, from, to, noise } = table;
  return `${plural(parts, "part")} of ${plural(networks, "network")} in ${precision} on ${
    plural(threads, "thread")
  }, ` +
    `${from === to ? from : `${from} to ${to}`}, noise ${
      noise === null ? "unknown" : formatPercent(noise)
    } ` +
    `(${processor}; onnxruntime ${onnxruntime})`;
}

function describePermissions(permissions: Findings["permissions"], dim: Colors["dim"]): string {
  const granted = permissions.filter(({ state }) => state === "granted").map(({ name }) => name);
  const others = permissions.filter(({ state }) => state !== "granted").map(({ name, purpose }) =>
    `${name} not granted ${dim(`(${purpose})`)}`
  );
  return [...granted, ...others].join(", ");
}
