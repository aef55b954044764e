import assert from "node:assert/strict";
import fc from "fast-check";
import { mobileNetV3Stack } from "../../../core/backbones/mod.ts";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { countParameters, graphParameters } from "../../../core/graph/mod.ts";
import { EMBEDDED_BACKBONE } from "../../../models/zoo/mb3_large_075.ts";
import {
  encodeNetworkFile,
  isNetworkFile,
  isNetworkText,
  type NetworkFile,
  parseNetworkFile,
  readNetworkFile,
} from "../../../models/networks/network_file.ts";
import { type NetworkTable, networkTableGraph } from "../../../models/networks/network_table.ts";
import { findNetwork, networkGraph } from "../../../models/zoo/mod.ts";

const { outputStride: _stride, dilation: _dilation, blockName: _name, ...LARGE } = mobileNetV3Stack({
  size: "large",
});

const TABLE: NetworkTable = {
  name: "mine",
  summary: "MobileNetV3-Large",
  size: [224, 224],
  backbone: LARGE,
  heads: [{ kind: "classifier", classes: 1000, last: { channels: 1280, activation: "h-swish" } }],
};

const FILE: NetworkFile = { table: TABLE, origin: { command: "bneck search" } };

function written(file: NetworkFile = FILE): Record<string, unknown> {
  return JSON.parse(encodeNetworkFile(file));
}

Deno.test("a table of the paper's numbers is the paper's network", () => {
  const [ours, theirs] = [networkTableGraph(TABLE), networkGraph(findNetwork("mobilenetv3-large-1.0")!)];
  assert.deepEqual(graphParameters(ours), graphParameters(theirs));
});

Deno.test("what is written is read again", () => {
  const { table, origin } = parseNetworkFile(written(), "a.json");
  assert.deepEqual(JSON.parse(JSON.stringify(table)), JSON.parse(JSON.stringify(TABLE)));
  assert.deepEqual(origin, FILE.origin);
  assert.deepEqual(graphParameters(networkTableGraph(table)), graphParameters(networkTableGraph(TABLE)));
});

Deno.test("the embedded network with both heads is a table", () => {
  const backbone = mobileNetV3Stack(EMBEDDED_BACKBONE);
  const { stem, blocks, style } = backbone;
  const file = written({
    origin: {},
    table: {
      name: "adapted",
      summary: "two heads",
      size: [384, 512],
      backbone: { stem, blocks, style },
      heads: [
        {
          kind: "center-net",
          classes: 80,
          coarse: "C4.end",
          neck: 480,
          laterals: [
            { tap: "C3.end", channels: 128 },
            { tap: "C2.end.expand", channels: 96 },
            { tap: "C2.expand", channels: 64 },
          ],
        },
        {
          kind: "lr-aspp",
          classes: 21,
          high: "C4.end",
          low: "C3.expand",
          classify: "before",
          factor: 2,
          outputStride: 16,
          tail: { from: 13, blocks: blocks.slice(12) },
        },
      ],
    },
  });
  const graph = networkTableGraph(parseNetworkFile(file, "a.json").table);
  assert.deepEqual(Object.keys(graph.outputs), ["detect.heatmap", "detect.distances", "segment.logits"]);
  assert.ok(graph.layers.some(({ name }) => name === "segment.block15.project"));
  assert.ok(countParameters(graphParameters(graph)) > 2e6);
});

/** What a person, or somebody hostile, may write, and what is said of it. */
const INVALID: readonly (readonly [change: (file: Fields) => void, message: RegExp])[] = [
  [(file) => delete file["bneck.network"], /the version of its form, is missing/],
  [(file) => file["bneck.network"] = 2, /bneck\.network must be 1, not 2/],
  [(file) => file.backbone = [], /backbone must be an object/],
  [(file) => file.size = [224], /size must be \[height, width\]/],
  [(file) => file.size = [1e9, 1e9], /size must be a whole number from 1 to 4096/],
  [(file) => file.name = "../../etc/passwd", /name must be of letters/],
  [(file) => file.name = "\u001b[31mred", /name has control characters/],
  [(file) => file.summary = "x".repeat(10_000), /summary must be a text of at most 400/],
  [(file) => file.extra = 1, /it has the unknown field "extra"/],
  [(file) => file.heads = [], /heads must list at least one/],
  [(file) => file.heads.push(file.heads[0]), /heads has two of one kind/],
  [(file) => file.heads[0].kind = "__proto__", /heads\[0\]\.kind must be one of/],
  [(file) => file.heads[0].classes = 1e9, /classes must be a whole number/],
  [(file) => file.backbone.blocks[3].kernel = 4, /blocks\[3\]\.kernel must be one of 3, 5, 7, 9, not 4/],
  [(file) => file.backbone.blocks[3].expand = 64, /unknown field "expand"/],
  [(file) => file.backbone.blocks[3].channels = -8, /channels must be a whole number/],
  [(file) => file.backbone.blocks[3].channels = 8.5, /channels must be a whole number/],
  [(file) => file.backbone.blocks = Array(129).fill(file.backbone.blocks[0]), /more than 128 entries/],
  [(file) => file.backbone.blocks[1].residual = true, /cannot combine the shapes/],
  [(file) => file.backbone.style.batchNorm.epsilon = "1", /epsilon must be between 0 and 1/],
  [(file) => delete file.backbone.head, /unknown tap C5/],
  [(file) => file.origin = { "a\u0007": "b" }, /a name in origin has control characters/],
  [(file) => {
    for (const block of file.backbone.blocks) block.expanded = block.channels = 8192;
  }, /parameters, more than the limit/],
  [(file) => {
    file.size = [4096, 4096];
    file.backbone.stem.channels = 512;
  }, /backbone\.stem would have 2147483648 values/],
];

// deno-lint-ignore no-explicit-any -- what a test breaks on purpose
type Fields = any;

Deno.test("what is wrong in a file is named", () => {
  for (const [change, message] of INVALID) {
    const file = written();
    change(file);
    assert.throws(() => parseNetworkFile(file, "a.json"), (error) => {
      assert.ok(error instanceof BneckError, String(error));
      assert.equal(error.exitStatus, ExitStatus.unusableModel);
      assert.match(error.message, /^a\.json is not a valid network: /);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("any JSON is a network or refused with one of our errors", () => {
  const paths = [
    ["size"],
    ["backbone", "stem"],
    ["backbone", "blocks", 2],
    ["backbone", "blocks", 2, "channels"],
    ["backbone", "style"],
    ["heads", 0, "last"],
    ["origin"],
  ];
  fc.assert(fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
    const file = written();
    const parent = path.slice(0, -1).reduce((fields: Fields, key) => fields[key], file);
    parent[path.at(-1)!] = value;
    try {
      parseNetworkFile(JSON.parse(JSON.stringify(file)), "a.json");
    } catch (error) {
      assert.ok(error instanceof BneckError, String(error));
    }
  }));
});

Deno.test("files of networks are known by their mark", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/mine.json`;
    await Deno.writeTextFile(path, encodeNetworkFile(FILE));
    assert.equal(await isNetworkFile(path), true);
    assert.equal((await readNetworkFile(path)).table.name, "mine");
    await Deno.writeTextFile(`${folder}/other.json`, `{"images": []}`);
    assert.equal(await isNetworkFile(`${folder}/other.json`), false);
    assert.equal(await isNetworkFile(`${folder}/none.json`), false);
    await Deno.writeTextFile(`${folder}/big.json`, `{"bneck.network": 1${" ".repeat(2 ** 20)}}`);
    await assert.rejects(readNetworkFile(`${folder}/big.json`), /more than the limit/);
    assert.equal(await isNetworkFile(`${folder}/big.json`), true, "so that its size is told");
    await Deno.writeTextFile(`${folder}/cut.json`, encodeNetworkFile(FILE).slice(0, 500));
    await assert.rejects(readNetworkFile(`${folder}/cut.json`), /not valid JSON/);
    assert.equal(isNetworkText(`["bneck.network"]`), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the network in docs/search.md is valid", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/search.md", import.meta.url));
  const json = text.slice(text.indexOf('    {\n      "bneck.network"'), text.indexOf("## 6."));
  assert.equal(parseNetworkFile(JSON.parse(json), "docs").table.name, "mine");
});
