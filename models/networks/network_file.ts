/**
 * Files of networks as tables: JSON that `search` writes and people may edit. Any of them may be hostile: every field is
 * checked, unknown ones are refused, and the size of the network is limited before anything of it is built.
 */
import { type BneckError, modelError } from "../../core/errors.ts";
import { isJsonObject, parseUserJson, quote, readUserText } from "../../core/files/mod.ts";
import { type Activation, countParameters, graphParameters, inferShapes } from "../../core/graph/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { networkInput } from "./definition.ts";
import { type BackboneTable, type HeadTable, type NetworkTable, networkTableGraph } from "./network_table.ts";

/** A network with where it comes from. */
export interface NetworkFile {
  readonly table: NetworkTable;
  /** What made it, a line each, by name: the command, the seed, what was predicted. */
  readonly origin: Readonly<Record<string, string>>;
}

/** The version of the form of the files. */
const FORMAT = 1;

/** The key of the version, by which such a file is known. */
const MARK = "bneck.network";

const ACTIVATIONS: readonly Activation[] = ["relu", "relu6", "h-swish", "h-sigmoid", "sigmoid"];

const MAX_FILE_BYTES = 2 ** 20;
const MAX_BLOCKS = 128;
const MAX_CHANNELS = 8192;
const MAX_CLASSES = 30_000;
const MAX_SIDE = 4096;
const MAX_PARAMETERS = 100e6;
/** Of one feature map. */
const MAX_ELEMENTS = 2 ** 28;
const MAX_ORIGIN = 40;
const MAX_TEXT = 400;

/** Says what is wrong with a table. */
type Fail = (problem: string) => never;

/** The text of a file. */
export function encodeNetworkFile({ table, origin }: NetworkFile): string {
  return `${JSON.stringify({ ...networkTableJson(table), origin }, null, 2)}\n`;
}

/** A table as it is written: in `bneck.network` of a file with weights, too. */
export function networkTableJson({ name, summary, size, backbone, heads }: NetworkTable): object {
  return { [MARK]: FORMAT, name, summary, size, backbone, heads };
}

/**
 * Whether a text is that of a network: an object with the mark. Whether it is valid is for
 * {@linkcode parseNetworkFile} to say.
 */
export function isNetworkText(text: string): boolean {
  return /^\s*\{/.test(text) && text.includes(`"${MARK}"`);
}

/** Whether a path is that of a network, by its extension and first bytes; `false` for what cannot be read. */
export async function isNetworkFile(path: string): Promise<boolean> {
  if (!/\.json$/i.test(path)) return false;
  try {
    // What is too large for one is told by readNetworkFile.
    if ((await Deno.stat(path)).size > MAX_FILE_BYTES) return true;
    return isNetworkText(await readUserText(path, { maxBytes: MAX_FILE_BYTES, pipes: false }));
  } catch {
    return false;
  }
}

/**
 * Reads a file of a network.
 *
 * @throws {BneckError} (unusable model) when it cannot be read, is not valid JSON or not such a network.
 */
export async function readNetworkFile(path: string): Promise<NetworkFile> {
  const options = { what: "the network", error: modelError, maxBytes: MAX_FILE_BYTES, pipes: false };
  const text = await readUserText(path, options);
  return parseNetworkFile(parseUserJson(text, path, options), path);
}

/**
 * Checks what a file of a network holds.
 *
 * @param label names the file in messages.
 * @throws {BneckError} (unusable model) with the first thing that is wrong.
 */
export function parseNetworkFile(value: unknown, label: string): NetworkFile {
  const fail: Fail = (problem) => {
    throw invalidNetwork(label, problem);
  };
  const { origin = {}, ...rest } = object(value, "it", fail);
  const table = parseNetworkTable(rest, fail);
  const entries = Object.entries(object(origin, "origin", fail));
  if (entries.length > MAX_ORIGIN) fail(`origin has more than ${MAX_ORIGIN} entries`);
  const texts = entries.map(([key, text]) =>
    [line(key, "a name in origin", fail), line(text, `origin.${key.slice(0, 40)}`, fail)] as const
  );
  return { table, origin: Object.fromEntries(texts) };
}

/** The error for a table that is not one. */
export function invalidNetwork(label: string, problem: string): BneckError {
  return modelError(`${label} is not a valid network: ${problem}`);
}

/**
 * Checks a table.
 *
 * @param fail makes the error of a problem, such as `backbone.blocks[3].kernel must be 3, 5, 7 or 9, not 4`.
 */
export function parseNetworkTable(value: unknown, fail: Fail): NetworkTable {
  const fields = object(value, "it", fail);
  if (!Object.hasOwn(fields, MARK)) fail(`${MARK}, the version of its form, is missing`);
  if (fields[MARK] !== FORMAT) fail(`${MARK} must be ${FORMAT}, not ${quote(fields[MARK])}`);
  known(fields, [MARK, "name", "summary", "size", "backbone", "heads"], "it", fail);
  const name = line(fields.name, "name", fail);
  if (!/^[\w][\w.+-]{0,99}$/.test(name)) {
    fail("name must be of letters, digits, dots, hyphens and underscores, at most 100 of them");
  }
  const size = list(fields.size, "size", 2, fail).map((side) => whole(side, "size", 1, MAX_SIDE, fail));
  if (size.length !== 2) fail("size must be [height, width]");
  const heads = list(fields.heads, "heads", 3, fail).map((head, index) =>
    parseHead(head, `heads[${index}]`, fail)
  );
  if (heads.length === 0) fail("heads must list at least one");
  if (new Set(heads.map(({ kind }) => kind)).size < heads.length) fail("heads has two of one kind");
  const table: NetworkTable = {
    name,
    summary: line(fields.summary, "summary", fail),
    size: [size[0], size[1]],
    backbone: parseBackbone(fields.backbone, fail),
    heads,
  };
  checkBuilt(table, fail);
  return table;
}

/** A table may be valid in each row and still not fit together. */
function checkBuilt(table: NetworkTable, fail: Fail): void {
  try {
    const graph = networkTableGraph(table);
    const parameters = countParameters(graphParameters(graph));
    if (parameters > MAX_PARAMETERS) {
      fail(`it has ${parameters} parameters, more than the limit of ${MAX_PARAMETERS}`);
    }
    for (const [layer, shape] of inferShapes(graph, networkInput(table.size))) {
      if (elementCount(shape) > MAX_ELEMENTS) {
        fail(
          `${layer.name} would have ${elementCount(shape)} values, more than the limit of ${MAX_ELEMENTS}`,
        );
      }
    }
  } catch (error) {
    if (error instanceof RangeError) fail(error.message);
    throw error;
  }
}

function parseBackbone(value: unknown, fail: Fail): BackboneTable {
  const where = "backbone";
  const fields = object(value, where, fail);
  known(fields, ["stem", "blocks", "head", "style", "gate"], where, fail);
  const stem = object(fields.stem, `${where}.stem`, fail);
  known(stem, ["channels", "activation", "tap"], `${where}.stem`, fail);
  const style = object(fields.style, `${where}.style`, fail);
  known(style, ["convention", "padding", "batchNorm"], `${where}.style`, fail);
  const batchNorm = object(style.batchNorm, `${where}.style.batchNorm`, fail);
  known(batchNorm, ["epsilon"], `${where}.style.batchNorm`, fail);
  const { epsilon } = batchNorm;
  if (typeof epsilon !== "number" || !(epsilon > 0 && epsilon < 1)) {
    fail(`${where}.style.batchNorm.epsilon must be between 0 and 1`);
  }
  return {
    stem: {
      ...parseConv(stem, `${where}.stem`, fail),
      ...(stem.tap === undefined ? {} : { tap: tapName(stem.tap, `${where}.stem.tap`, fail) }),
    },
    blocks: parseBlocks(fields.blocks, `${where}.blocks`, fail),
    ...(fields.head === undefined ? {} : { head: parseOuterConv(fields.head, `${where}.head`, fail) }),
    style: {
      convention: choice(style.convention, ["paper", "torchvision"], `${where}.style.convention`, fail),
      padding: choice(style.padding, ["same", "symmetric", "valid"], `${where}.style.padding`, fail),
      batchNorm: { epsilon: epsilon as number },
    },
    ...(fields.gate === undefined
      ? {}
      : { gate: choice(fields.gate, ["h-sigmoid", "sigmoid"], `${where}.gate`, fail) }),
  };
}

const BLOCK_FIELDS = [
  "number",
  "kernel",
  "expanded",
  "channels",
  "stride",
  "activation",
  "squeeze",
  "exciteFirst",
  "residual",
  "taps",
];

function parseBlocks(value: unknown, where: string, fail: Fail): BackboneTable["blocks"] {
  return list(value, where, MAX_BLOCKS, fail).map((row, index) => {
    const at = `${where}[${index}]`;
    const fields = object(row, at, fail);
    known(fields, BLOCK_FIELDS, at, fail);
    const optional = <T>(field: string, parse: (value: unknown) => T) =>
      fields[field] === undefined ? {} : { [field]: parse(fields[field]) };
    return {
      ...optional("number", (number) => whole(number, `${at}.number`, 1, MAX_BLOCKS, fail)),
      kernel: choice(fields.kernel, [3, 5, 7, 9], `${at}.kernel`, fail),
      expanded: whole(fields.expanded, `${at}.expanded`, 1, MAX_CHANNELS, fail),
      channels: whole(fields.channels, `${at}.channels`, 1, MAX_CHANNELS, fail),
      stride: choice(fields.stride, [1, 2], `${at}.stride`, fail),
      activation: choice(fields.activation, ACTIVATIONS, `${at}.activation`, fail),
      ...optional("squeeze", (squeeze) => whole(squeeze, `${at}.squeeze`, 1, MAX_CHANNELS, fail)),
      ...optional("exciteFirst", (first) => flag(first, `${at}.exciteFirst`, fail)),
      ...optional("residual", (residual) => flag(residual, `${at}.residual`, fail)),
      ...optional(
        "taps",
        (taps) => list(taps, `${at}.taps`, 4, fail).map((tap) => tapName(tap, `${at}.taps`, fail)),
      ),
    };
  });
}

function parseHead(value: unknown, where: string, fail: Fail): HeadTable {
  const fields = object(value, where, fail);
  const kind = choice(fields.kind, ["classifier", "center-net", "lr-aspp"], `${where}.kind`, fail);
  const classes = whole(fields.classes, `${where}.classes`, 1, MAX_CLASSES, fail);
  const channels = (value: unknown, name: string) => whole(value, `${where}.${name}`, 1, MAX_CHANNELS, fail);
  const tap = (value: unknown, name: string) => tapName(value, `${where}.${name}`, fail);
  switch (kind) {
    case "classifier":
      known(fields, ["kind", "classes", "last"], where, fail);
      return {
        kind,
        classes,
        ...(fields.last === undefined ? {} : { last: parseOuterConv(fields.last, `${where}.last`, fail) }),
      };
    case "center-net":
      known(fields, ["kind", "classes", "coarse", "neck", "laterals"], where, fail);
      return {
        kind,
        classes,
        coarse: tap(fields.coarse, "coarse"),
        neck: channels(fields.neck, "neck"),
        laterals: list(fields.laterals, `${where}.laterals`, 3, fail).map((lateral) => {
          const row = object(lateral, `${where}.laterals`, fail);
          known(row, ["tap", "channels"], `${where}.laterals`, fail);
          return { tap: tap(row.tap, "laterals"), channels: channels(row.channels, "laterals") };
        }),
      };
    case "lr-aspp":
      return parseLrAspp(fields, classes, where, fail);
  }
}

function parseLrAspp(fields: Record<string, unknown>, classes: number, where: string, fail: Fail): HeadTable {
  known(
    fields,
    [
      "kind",
      "classes",
      "high",
      "low",
      "filters",
      "gateBias",
      "classify",
      "shiftDown",
      "factor",
      "outputStride",
      "tail",
    ],
    where,
    fail,
  );
  const optional = <T>(field: string, parse: (value: unknown, at: string) => T) =>
    fields[field] === undefined ? {} : { [field]: parse(fields[field], `${where}.${field}`) };
  return {
    kind: "lr-aspp",
    classes,
    high: tapName(fields.high, `${where}.high`, fail),
    low: tapName(fields.low, `${where}.low`, fail),
    ...optional("filters", (filters, at) => whole(filters, at, 1, MAX_CHANNELS, fail)),
    ...optional("gateBias", (bias, at) => flag(bias, at, fail)),
    ...optional("classify", (when, at) => choice(when, ["after", "before"], at, fail)),
    ...optional("shiftDown", (part, at) => {
      if (typeof part !== "number" || !(part >= 0 && part < 1)) fail(`${at} must be at least 0 and below 1`);
      return part;
    }),
    ...optional("factor", (factor, at) => whole(factor, at, 1, 16, fail)),
    ...optional("outputStride", (stride, at) => choice(stride, [32, 16, 8], at, fail)),
    ...optional("tail", (tail, at) => {
      const row = object(tail, at, fail);
      known(row, ["from", "blocks"], at, fail);
      return {
        from: whole(row.from, `${at}.from`, 1, MAX_BLOCKS, fail),
        blocks: parseBlocks(row.blocks, `${at}.blocks`, fail),
      };
    }),
  };
}

function parseOuterConv(value: unknown, where: string, fail: Fail) {
  const fields = object(value, where, fail);
  known(fields, ["channels", "activation"], where, fail);
  return parseConv(fields, where, fail);
}

function parseConv(fields: Record<string, unknown>, where: string, fail: Fail) {
  return {
    channels: whole(fields.channels, `${where}.channels`, 1, MAX_CHANNELS, fail),
    activation: choice(fields.activation, ACTIVATIONS, `${where}.activation`, fail),
  };
}

function object(value: unknown, where: string, fail: Fail): Record<string, unknown> {
  return isJsonObject(value) ? value : fail(`${where} must be an object`);
}

function known(fields: Record<string, unknown>, names: readonly string[], where: string, fail: Fail): void {
  const unknown = Object.keys(fields).find((name) => !names.includes(name));
  if (unknown !== undefined) fail(`${where} has the unknown field ${quote(unknown)}`);
}

function list(value: unknown, where: string, max: number, fail: Fail): unknown[] {
  if (!Array.isArray(value)) return fail(`${where} must be a list`);
  return value.length <= max ? value : fail(`${where} has more than ${max} entries`);
}

function whole(value: unknown, where: string, min: number, max: number, fail: Fail): number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
    ? value
    : fail(`${where} must be a whole number from ${min} to ${max}, not ${quote(value)}`);
}

function flag(value: unknown, where: string, fail: Fail): boolean {
  return typeof value === "boolean" ? value : fail(`${where} must be true or false`);
}

function choice<const T extends string | number>(
  value: unknown,
  choices: readonly T[],
  where: string,
  fail: Fail,
): T {
  const found = choices.find((other) => other === value);
  return found ?? fail(`${where} must be one of ${choices.join(", ")}, not ${quote(value)}`);
}

function line(value: unknown, where: string, fail: Fail): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) {
    return fail(`${where} must be a text of at most ${MAX_TEXT} characters`);
  }
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.test(value)
    ? fail(`${where} has control characters`)
    : value;
}

function tapName(value: unknown, where: string, fail: Fail): string {
  return typeof value === "string" && /^C[0-5](\.end)?(\.expand|\.depthwise)?$/.test(value)
    ? value
    : fail(`${where} must be a tap such as C4 or C3.end.expand, not ${quote(value)}`);
}
