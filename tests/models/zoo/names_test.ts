import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { graphParameters } from "../../../core/graph/mod.ts";
import { ARCHITECTURES, findArchitecture } from "../../../models/zoo/mod.ts";
import { translator } from "../../../models/networks/naming.ts";
import { networkGraph } from "../../../models/zoo/mod.ts";

interface Digest {
  readonly parameters: number;
  readonly sha256: string;
}

const { networks, widths } = JSON.parse(
  Deno.readTextFileSync(new URL("../../fixtures/names/state_dicts.json", import.meta.url)),
) as Record<"networks" | "widths", Record<string, Digest>>;

Deno.test("every architecture has a reference", () => {
  assert.deepEqual(
    ARCHITECTURES.map(({ network }) => network.name).sort(),
    Object.keys(networks).sort(),
  );
});

const EXPECTED: Readonly<Record<string, Digest>> = { ...networks, ...widths };

for (
  const { network, naming } of [
    ...ARCHITECTURES,
    ...Object.keys(widths).map((name) => findArchitecture(name)),
  ]
) {
  Deno.test(`${network.name}: names and shapes are those of ${naming.project}'s state_dict`, () => {
    const graph = networkGraph(network);
    const translate = translator(naming.nameLayers(graph));
    const lines = graphParameters(graph).map(({ name, shape }) =>
      `${translate(name)} ${shape.filter((size) => size !== 1).join("x")}`
    );
    const sha256 = createHash("sha256").update(lines.sort().join("\n")).digest("hex");
    assert.deepEqual({ parameters: lines.length, sha256 }, EXPECTED[network.name]);
  });
}

for (const { network, naming } of ARCHITECTURES) {
  Deno.test(`${network.name}: the parameters by which its names are recognised are among them`, () => {
    const graph = networkGraph(network);
    const translate = translator(naming.nameLayers(graph));
    const names = new Set(graphParameters(graph).map(({ name }) => translate(name)));
    for (const mark of naming.marks) assert.ok(names.has(mark), mark);
  });
}
