import assert from "node:assert/strict";
import { countLayers } from "../../../core/profile/counting/graph_costs.ts";
import {
  findNetwork,
  type NetworkDefinition,
  networkGraph,
  networkInput,
  PAPER_TABLES,
  type PaperTableName,
  upsampledOutputs,
} from "../../../models/zoo/mod.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import { shared, testWithShared } from "../../support/shared.ts";

type Counts = readonly [params: number, paramsWithoutBatchNorm: number, madds: number, extendedMadds: number];

/** What the networks must come to: integers from counting programs that share no code with this one. */
const EXPECTED: Readonly<Record<PaperTableName | "table7At1024x2048", readonly Counts[]>> & {
  readonly torchvision: readonly (readonly [name: string, params: number, madds: number])[];
} = JSON.parse(
  Deno.readTextFileSync(new URL("../../fixtures/networks/expected_counts.json", import.meta.url)),
);

function network(name: string): NetworkDefinition {
  const definition = findNetwork(name);
  assert.ok(definition, `no network ${name}`);
  return definition;
}

/** Counts a network in both ways. */
function counts(definition: NetworkDefinition, size: Extent, classes?: number): Counts {
  const graph = networkGraph(definition, classes);
  const input = networkInput(size);
  const upsampled = upsampledOutputs(definition, size);
  const plain = countLayers(graph, input, { upsampled });
  const extended = countLayers(graph, input, { upsampled, rule: "extended" });
  assert.deepEqual([plain.uncounted, extended.uncounted], [[], []]);
  return [plain.parameters, plain.parametersWithoutBatchNorm, plain.madds, extended.madds];
}

for (const table of PAPER_TABLES) {
  Deno.test(`every row of ${table.name} has the params and MAdds expected of it`, () => {
    assert.equal(table.rows.length, EXPECTED[table.name].length);
    table.rows.forEach((row, index) => {
      const definition = network(row.network);
      const actual = counts(definition, row.size ?? definition.size, row.classes);
      assert.deepEqual(actual, EXPECTED[table.name][index], row.label);
    });
  });

  Deno.test(`every row of ${table.name} is within 1.5 % of the printed figures, or says why not`, () => {
    table.rows.forEach((row, index) => {
      const [withBatchNorm, withoutBatchNorm, madds, extended] = EXPECTED[table.name][index];
      const countsBatchNorm = row.batchNormCounts ?? table.batchNormCounts;
      const pairs: readonly (readonly [counted: number, printed: number | undefined])[] = [
        [table.rule === "plain" ? madds : extended, row.printed.madds],
        [countsBatchNorm ? withBatchNorm : withoutBatchNorm, row.printed.params],
      ];
      for (const [counted, printed] of pairs) {
        if (printed === undefined) continue;
        const far = Math.abs(counted / printed - 1) > 0.015 && !agreesAsPrinted(counted, printed);
        assert.ok(!far || row.footnote, `${row.label}: ${counted} against ${printed}`);
      }
    });
  });
}

/** A figure of two or three digits that is what was counted, rounded or cut. */
function agreesAsPrinted(counted: number, printed: number): boolean {
  const digits = String(printed).replace(/0+$/, "").length;
  const unit = 10 ** (Math.floor(Math.log10(printed)) + 1 - digits);
  return Math.round(counted / unit) === Math.round(printed / unit) ||
    Math.floor(counted / unit) === Math.round(printed / unit);
}

Deno.test("table 7 at exactly 1024×2048 comes to what was found beforehand", () => {
  const rows = PAPER_TABLES.find((table) => table.name === "table7")!.rows;
  rows.forEach((row, index) => {
    assert.deepEqual(
      counts(network(row.network), [1024, 2048]),
      EXPECTED.table7At1024x2048[index],
      row.label,
    );
  });
});

Deno.test("torchvision's networks have its num_params and its MAdds", () => {
  for (const [name, params, madds] of EXPECTED.torchvision) {
    const definition = network(name.replace(" width_mult=", "-"));
    const [actualParams, , actualMadds] = counts(definition, definition.size);
    assert.deepEqual([actualParams, actualMadds], [params, madds], name);
  }
});

testWithShared("reference/madds-results.json", "the expected counts are those of the reference", () => {
  const reference: Record<
    string,
    { name: string; params: number; params_no_bn: number; madds: number; madds_ext: number }[]
  > = JSON.parse(Deno.readTextFileSync(shared("reference/madds-results.json")));
  const tables = {
    table3: "table3_imagenet_224",
    table6: "table6_ssdlite_320",
    table7: "table7_cityscapes_1025x2049",
    table7At1024x2048: "table7_cityscapes_1024x2048",
    table8: "table8_cityscapes_1025x2049_and_513x1025",
    table9: "table9_multipliers_resolutions",
    readmes: "readme_cross_checks_224",
  } as const;
  for (const [ours, theirs] of Object.entries(tables)) {
    assert.deepEqual(
      EXPECTED[ours as keyof typeof tables],
      reference[theirs].map((row) => [row.params, row.params_no_bn, row.madds, row.madds_ext]),
    );
  }
  assert.deepEqual(
    EXPECTED.torchvision,
    reference.torchvision.map((row) => [row.name, row.params, row.madds]),
  );
});

testWithShared("reference/torchvision-weights.json", "torchvision's published networks are all there", () => {
  const { weights }: { weights: { model: string; num_params: number }[] } = JSON.parse(
    Deno.readTextFileSync(shared("reference/torchvision-weights.json")),
  );
  const published = weights.filter(({ model }) => !model.includes("quantized"));
  assert.equal(new Set(published.map(({ model }) => model)).size, 10);
  for (const { model, num_params } of published) {
    const definition = network(model);
    assert.equal(counts(definition, definition.size)[0], num_params, model);
  }
});
