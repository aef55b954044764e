import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { bindWeights, randomWeights, toOnnx } from "../../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../../core/onnx/mod.ts";
import { findNetwork, networkGraph } from "../../../../models/zoo/mod.ts";
import { ROOT } from "../../../support/shared.ts";
import { runCli } from "../../../support/run_cli.ts";
import { file, floats, graph, info, ints, node } from "../../../core/profile/small_onnx.ts";
import { profileJson, runProfile, temporaryFolder } from "./run_profile.ts";

const X = info("x", [1, 3, 16, 16]);

/** One convolution, in files that cannot be used in as many ways. */
const CONVOLUTION = graph([node("Conv", ["x", "w"], ["y"])], [X], [info("y")], [floats("w", [4, 3, 3, 3])]);

function ownModel(name: string): Uint8Array {
  const network = networkGraph(findNetwork(name)!);
  return encodeOnnx(toOnnx(network, bindWeights(network, randomWeights(network, 1), name)).model);
}

Deno.test("a file that we wrote costs what its network does", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "small.onnx");
  await Deno.writeFile(path, ownModel("mobilenetv3-small-0.5"));
  const { networks: [own, written] } = await profileJson([
    "mobilenetv3-small-0.5",
    path,
    "--size",
    "96",
    "--input",
    "input:1x3x96x96",
    "--no-latency",
  ]);
  assert.equal(written.madds, own.madds);
  assert.equal(written.parameters, own.parameters - batchNormScales());
  assert.equal(written.input, "1×3×96×96");
});

/** Of the two vectors of a BatchNorm that is folded, a bias is left. */
function batchNormScales(): number {
  const network = networkGraph(findNetwork("mobilenetv3-small-0.5")!);
  return network.layers.reduce(
    (sum, { operator }) => sum + (operator.kind === "conv" && operator.batchNorm ? operator.channels : 0),
    0,
  );
}

Deno.test("an export of torchvision has the MAdds of our definition, and all its time is attributed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "export.onnx");
  const fixture = `${ROOT}tests/fixtures/profile/torchvision_mobilenet_v3_large.onnx.gz`;
  await Deno.writeFile(path, gunzipSync(await Deno.readFile(fixture)));
  const result = await profileJson([path, "--size", "224", "--runs", "5", "--warmup", "1"]);
  assert.equal(result.madds, 216_589_760);
  assert.equal(result.unattributedMilliseconds, 0);
  const { stdout } = await runProfile([path, "--size", "224", "--no-latency", "--by", "block"]);
  assert.match(stdout, /^features\/features\.3 +\d+ /m);
});

Deno.test("a file with external data is run where it lies", async () => {
  await using folder = await temporaryFolder();
  const { data, ...weight } = floats("w", [4, 3, 3, 3]);
  await Deno.writeFile(join(folder.path, "weights.bin"), data);
  const external = { location: "weights.bin", offset: "0", length: String(data.length) };
  const path = join(folder.path, "net.onnx");
  const model = graph([node("Conv", ["x", "w"], ["y"])], [X], [info("y")], [
    { ...weight, data: new Uint8Array(), external },
  ]);
  await Deno.writeFile(path, file(model));
  const result = await profileJson([path, "--no-latency"]);
  assert.deepEqual([result.parameters, result.madds], [108, 108 * 14 * 14]);
});

Deno.test("operators that are not counted are named, and leave no silent zero", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "determinant.onnx");
  const nodes = [node("MatMul", ["x", "m"], ["t"]), node("Det", ["t"], ["y"])];
  const model = graph(nodes, [info("x", [2, 4, 4])], [info("y")], [floats("m", [4, 4])]);
  await Deno.writeFile(path, file(model));
  const { code, stdout } = await runProfile([path, "--no-latency"]);
  assert.equal(code, 0);
  assert.match(stdout, /^y +Det .* \? /m);
  assert.match(stdout, /^16 params, ≥ 128 MAdds$/m);
  assert.match(stdout, /^total .* ≥ 128 /m);
  assert.match(stdout, /^Not counted.*: Det \(1 node\)\.$/m);
  const result = await profileJson([path, "--no-latency"]);
  assert.deepEqual(result.uncounted, [{ operator: "Det", nodes: 1 }]);
  assert.equal(result.maddsAreLowerBound, true);
  assert.deepEqual([result.rows[1].madds, result.rows[1].uncounted], [undefined, 1]);
});

Deno.test("an open input needs --size or --input, and the error names it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "open.onnx");
  const open = info("picture", ["batch", 3, "height", "width"]);
  await Deno.writeFile(
    path,
    file(graph([node("Conv", ["picture", "w"], ["y"])], [open], [info("y")], [floats("w", [4, 3, 3, 3])])),
  );
  const { code, stderr } = await runProfile([path]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /picture float32 \[batch, 3, height, width\] \(give .+ with --size, or .+ picture:1x3x224x224, with --input\)/,
  );
  const square = await profileJson([path, "--size", "16", "--no-latency"]);
  assert.equal(square.input, "1×3×16×16");
  assert.equal(square.madds, 108 * 14 * 14);
  const batch = await profileJson([path, "--input", "picture:2x3x10x20", "--no-latency"]);
  assert.equal(batch.madds, 2 * 108 * 8 * 18);
});

Deno.test("an input of a file can be filled with a value", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "scalar.onnx");
  const divide = node("Div", ["x", "by"], ["y"]);
  await Deno.writeFile(
    path,
    file(graph([divide], [info("x", [4], "int64"), info("by", [], "int64")], [info("y", [4], "int64")])),
  );
  const result = await profileJson([path, "--input", "by=3", "--no-latency"]);
  assert.equal(result.input, "x 4, by scalar");
  const { code, stderr } = await runProfile(["mobilenetv2-1.0", "--input", "input=3"]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /the input "input" of mobilenetv2-1\.0 cannot be filled with a value: only inputs of ONNX files can/,
  );
});

/** Files that cannot be used, and what is said about them. */
const UNUSABLE: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  [
    "a file that is not ONNX",
    new TextEncoder().encode("<html>not found</html>"),
    /^bneck: error: cannot read net\.onnx as an ONNX model: /,
  ],
  [
    "an empty file",
    new Uint8Array(),
    /^bneck: error: cannot read net\.onnx as an ONNX model: it contains no graph/,
  ],
  [
    "a truncated ONNX file",
    ownModel("mobilenetv3-small-0.35").slice(0, 100_000),
    /^bneck: error: cannot read net\.onnx as an ONNX model: truncated/,
  ],
  [
    "an unknown operator",
    file(graph([node("Bogus", ["x"], ["y"])], [X], [info("y")])),
    /^bneck: error: cannot load net\.onnx: it uses the operator Bogus, which does not exist in opset 17/,
  ],
  [
    "an operator of an unknown domain",
    file(graph([node("Bogus", ["x"], ["y"], {}, { domain: "com.acme" })], [X], [info("y")]), {
      "": 17,
      "com.acme": 1,
    }),
    /^bneck: error: cannot load net\.onnx: it uses the unknown operator com\.acme:Bogus/,
  ],
  [
    "an opset of the future",
    file(CONVOLUTION, { "": 99 }),
    /^bneck: error: cannot load net\.onnx: it uses opset 99 of ai\.onnx, but onnxruntime supports only up to \d+/,
  ],
  [
    "shapes that do not fit",
    file(graph([node("Conv", ["x", "w"], ["y"], { kernel_shape: ints(3, 3) })], [X], [info("y")], [
      floats("w", [4, 5, 3, 3]),
    ])),
    /^bneck: error: cannot (load|run) net\.onnx: /,
  ],
];

for (const [what, bytes, message] of UNUSABLE) {
  Deno.test(`${what} is one clear line and the exit status 3`, async () => {
    await using folder = await temporaryFolder();
    await Deno.writeFile(join(folder.path, "net.onnx"), bytes);
    const { code, stdout, stderr } = await runCli(["profile", "net.onnx"], { cwd: folder.path });
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(code, 3);
  });
}

Deno.test("a file that is not there is one clear line", async () => {
  const { code, stderr } = await runCli(["profile", "nowhere/net.onnx"]);
  assert.equal(code, 3);
  assert.match(stderr, /^bneck: error: cannot read nowhere\/net\.onnx: .+\n$/);
});

Deno.test("an unknown network is answered with the nearest, and the exit status 2", async () => {
  const near = await runCli(["profile", "mobilenetv3-lage-1.0"]);
  assert.deepEqual([near.code, near.stdout], [2, ""]);
  assert.equal(
    near.stderr,
    "bneck: error: unknown network mobilenetv3-lage-1.0; did you mean mobilenetv3-large-1.0?\n",
  );
  const far = await runCli(["profile", "zzz"]);
  assert.equal(far.code, 2);
  assert.match(
    far.stderr,
    /unknown network zzz, and there is no such file \(list the networks with --list\)\n$/,
  );
});

Deno.test("a network refuses an input that is too small, or not its own", async () => {
  const small = await runProfile(["fastseg-large-f128", "--size", "32", "--no-latency"]);
  assert.equal(small.code, 2);
  assert.match(small.stderr, /fastseg-large-f128 cannot take an input of 1×3×32×32: .+too small/);
  const other = await runProfile(["mobilenetv2-1.0", "--input", "inputs:1x3x8x8", "--no-latency"]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /mobilenetv2-1\.0 has no input inputs; did you mean input\?/);
});

Deno.test("what onnxruntime writes while it measures is removed", async () => {
  await using folder = await temporaryFolder();
  const { code } = await runCli([
    "profile",
    "mobilenetv3-small-0.35",
    "--size",
    "32",
    "--runs",
    "5",
    "--warmup",
    "1",
  ], { env: { TMPDIR: folder.path }, cwd: folder.path });
  assert.equal(code, 0);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => name.includes("bneck") || name.endsWith(".json")), []);
});
