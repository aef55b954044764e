/** The file of a latency table. It lies in a folder that others may write to, so all of it is checked. */
import { isJsonObject } from "../../core/files/mod.ts";
import type { LatencySample } from "../../core/profile/latency_table.ts";
import type { LatencyMachine, LatencySession } from "./store.ts";

/** The version of the form of the file. */
const FORMAT = 1;

const MAX_SAMPLES = 2000;
const MAX_SESSIONS = 1000;
const MAX_COUNT = 2 ** 40;

/** The text of a file. A sample is a list: its kind by number, then {@linkcode NUMBERS}. */
export function encodeLatencyFile(machine: LatencyMachine, sessions: readonly LatencySession[]): string {
  const kinds = [...new Set(sessions.flatMap(({ samples }) => samples.map(({ kind }) => kind)))];
  const numbers = new Map(kinds.map((kind, index) => [kind, index]));
  const lines = sessions.map(({ samples, ...session }) =>
    JSON.stringify({
      ...session,
      traffic: samples[0]?.traffic ?? 0,
      samples: samples.map((sample) => [
        numbers.get(sample.kind),
        ...NUMBERS.map((name) => sample[name]),
        sample.channelwise ? 1 : 0,
        Number(sample.milliseconds.toPrecision(5)),
      ]),
    })
  );
  const head = JSON.stringify({ format: FORMAT, machine, kinds }).slice(0, -1);
  return `${head},\n"sessions": [\n${lines.join(",\n")}\n]}\n`;
}

const NUMBERS = [
  "inputChannels",
  "outputChannels",
  "inputCells",
  "outputCells",
  "window",
  "weightBytes",
] as const satisfies readonly (keyof LatencySample)[];

/** What a file holds; `undefined` where it is not such a file, in whole or in part. */
export function decodeLatencyFile(
  text: string,
): { readonly machine: LatencyMachine; readonly sessions: readonly LatencySession[] } | undefined {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(file) || file.format !== FORMAT) return undefined;
  const { kinds, sessions } = file;
  const machine = decodeMachine(file.machine);
  if (machine === undefined || !isListOf(kinds, 1000, isText)) return undefined;
  if (!Array.isArray(sessions) || sessions.length > MAX_SESSIONS) return undefined;
  const decoded = sessions.map((session) => decodeSession(session, kinds));
  return decoded.every((session) => session !== undefined) ? { machine, sessions: decoded } : undefined;
}

function decodeMachine(value: unknown): LatencyMachine | undefined {
  if (!isJsonObject(value)) return undefined;
  const { processor, onnxruntime, threads, precision, channelBlock } = value;
  if (!isText(processor) || !isText(onnxruntime)) return undefined;
  if (!isCount(threads) || threads > 1024 || (channelBlock !== 8 && channelBlock !== 16)) return undefined;
  if (precision !== "float32" && precision !== "int8") return undefined;
  return { processor, onnxruntime, threads, precision, channelBlock };
}

function decodeSession(value: unknown, kinds: readonly string[]): LatencySession | undefined {
  if (!isJsonObject(value)) return undefined;
  const { name, date, milliseconds, noise, traffic, samples } = value;
  if (!isText(name) || typeof date !== "string" || !/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  if (!isTime(milliseconds) || !isTime(noise) || !isCount(traffic)) return undefined;
  if (!Array.isArray(samples) || samples.length > MAX_SAMPLES) return undefined;
  const decoded = samples.map((sample) => decodeSample(sample, traffic, kinds));
  if (!decoded.every((sample) => sample !== undefined)) return undefined;
  return { name, date, milliseconds, noise, samples: decoded };
}

function decodeSample(value: unknown, traffic: number, kinds: readonly string[]): LatencySample | undefined {
  if (!Array.isArray(value) || value.length !== NUMBERS.length + 3) return undefined;
  const [kind, ...rest] = value;
  const milliseconds = rest.pop();
  const channelwise = rest.pop();
  if (!isCount(kind) || kind >= kinds.length || !rest.every(isCount) || !isTime(milliseconds)) {
    return undefined;
  }
  const [inputChannels, outputChannels, inputCells, outputCells, window, weightBytes] = rest as number[];
  return {
    kind: kinds[kind],
    inputChannels,
    outputChannels,
    inputCells,
    outputCells,
    window,
    weightBytes,
    channelwise: channelwise === 1,
    milliseconds,
    traffic,
  };
}

function isListOf<T>(value: unknown, max: number, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.length <= max && value.every(is);
}

/** Of one line, without control characters. */
function isText(value: unknown): value is string {
  // deno-lint-ignore no-control-regex
  return typeof value === "string" && value.length < 200 && !/[\x00-\x1f\x7f-\x9f]/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_COUNT;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < 1e9;
}
