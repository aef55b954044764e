/** How a report came about: when, by which command, with which versions, of which model and which data. */
import { type DataDigest, digestOf, filesDigest } from "../../core/files/digests.ts";
import { shellWord } from "../arguments.ts";
import { plural } from "../console/format.ts";
import { PACKAGES, VERSION } from "../version.ts";

/** A fact: name and value. */
export type Fact = readonly [name: string, value: string];

/** A model that a report is about. */
export interface ModelSource {
  readonly name: string;
  /** SHA-256 of its ONNX form, or of its file. */
  readonly digest?: { readonly of: "ONNX form" | "file"; readonly sha256: string };
  /** Its files of weights. */
  readonly weights?: readonly { readonly from: string; readonly licence: string }[];
}

/** Files that a report is about. */
export interface DataSource {
  /** What they are: `annotations`, `photos`. */
  readonly what: string;
  /** The file or folder as the user calls it. */
  readonly path?: string;
  /** Absent where there is none, such as of a pipe. */
  readonly digest?: DataDigest;
  /** What else tells it from others, such as the length of a video. */
  readonly note?: string;
}

/** What a report was made of. */
export interface Provenance {
  readonly models: readonly ModelSource[];
  readonly data: readonly DataSource[];
  /** What else was at work, such as another program. */
  readonly others?: readonly Fact[];
}

/** A model that was run, by its entry and the SHA-256 of its ONNX form. */
export function modelSource(
  { name, weights }: Pick<ModelSource, "name" | "weights">,
  sha256: string | undefined,
): ModelSource {
  return { name, weights, digest: sha256 === undefined ? undefined : { of: "ONNX form", sha256 } };
}

/** A model by the SHA-256 of its file; only by its name where there is no such file. */
export async function fileSource(name: string, path = name): Promise<ModelSource> {
  const digest = await digestOf(path).catch(() => undefined);
  return { name, digest: digest && { of: "file", sha256: digest.sha256 } };
}

/** Files by the digest of their list, nothing where there are none; they are read once more. */
export async function filesSource(what: string, paths: readonly string[]): Promise<DataSource[]> {
  return paths.length === 0 ? [] : [{ what, digest: await filesDigest(paths) }];
}

/** All that is to be said of how a report came about. */
export function provenanceFacts({ models, data, others = [] }: Provenance): Fact[] {
  return [...processFacts(), ...others, ...models.flatMap(modelFacts), ...data.map(dataFact)];
}

/** What is true of every report that this process makes. */
function processFacts(): Fact[] {
  const { os, arch } = Deno.build;
  const packages = Object.entries(PACKAGES).map(([name, version]) => `${name} ${version}`);
  const versions = [`bneck ${VERSION}`, `Deno ${Deno.version.deno}`, `V8 ${Deno.version.v8}`, ...packages];
  return [
    ["made", `${new Date().toISOString().slice(0, 19).replace("T", " ")} UTC`],
    ["command", commandLine(Deno.args)],
    ["versions", `${versions.join(", ")}, ${os} ${arch}`],
  ];
}

function modelFacts({ name, digest, weights = [] }: ModelSource): Fact[] {
  const { of, sha256 } = digest ?? {};
  return [
    ["model", sha256 === undefined ? name : `${name}, SHA-256 of its ${of} ${sha256}`],
    ...weights.map(({ from, licence }): Fact => ["weights", `${from} (${licence})`]),
  ];
}

function dataFact({ what, path, digest, note }: DataSource): Fact {
  const named = [path, note].filter((part) => part !== undefined);
  if (digest === undefined) return [what, [...named, "which is no file and has no digest"].join(", ")];
  const { files, sha256 } = digest;
  return files === 1 && path !== undefined ? [what, `${named.join(", ")}, SHA-256 ${sha256}`] : [
    what,
    [...named, plural(files, "file"), `SHA-256 ${sha256} of their list as sha256sum prints it`].join(", "),
  ];
}

/**
 * The words of a command as they can be pasted into a shell.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { commandLine } from "./provenance.ts";
 * assert.equal(commandLine(["detect", "my photos", "-j4"]), "bneck detect 'my photos' -j4");
 * ```
 */
export function commandLine(args: readonly string[]): string {
  return ["bneck", ...args.map(shellWord)].join(" ");
}
