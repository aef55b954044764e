import assert from "node:assert/strict";
import { PAPER_TABLES } from "../../../models/zoo/mod.ts";
import {
  countPaperTable,
  measurePaperTable,
  type PaperProfileRow,
  rankCorrelations,
} from "../../../models/profile/mod.ts";

Deno.test("every table of the paper is counted by its own rule, unless another is given", () => {
  for (const table of PAPER_TABLES) {
    const { rule, rows } = countPaperTable(table.name);
    assert.equal(rule, table.rule);
    assert.deepEqual(rows.map(({ paper }) => paper), table.rows);
    for (const { subject, parameters, error, paper: { printed, footnote } } of rows) {
      if (printed.madds === undefined) assert.equal(error.madds, undefined);
      else {
        assert.ok(Math.abs(error.madds!) < 0.08 || footnote !== undefined);
        assert.equal(error.madds, subject.costs.madds / Math.round(printed.madds) - 1);
      }
      assert.ok([subject.costs.parameters, subject.costs.parametersWithoutBatchNorm].includes(parameters));
    }
  }
  const plain = countPaperTable("table7", "plain");
  assert.equal(plain.rule, "plain");
  assert.equal(plain.task, "segment");
});

/** Table 3 with times that are a function of the printed ones. */
function timed(milliseconds: (pixel1: number) => number): PaperProfileRow[] {
  return countPaperTable("table3").rows.map((row) => {
    const time = milliseconds(row.paper.printed.pixel1!);
    const quartiles = [time, time] as const;
    return {
      ...row,
      time: {
        milliseconds: time,
        quietMilliseconds: time,
        quartiles,
        ratio: 1,
        ratioInterval: [1, 1],
        runs: 1,
      },
    };
  });
}

Deno.test("rank correlations compare the order of times and of MAdds with that of the phones", () => {
  const [same, madds] = rankCorrelations(timed((pixel1) => pixel1 / 10));
  assert.deepEqual([same.of, madds.of], ["milliseconds", "madds"]);
  assert.equal(same.with.pixel1, 1);
  assert.deepEqual(Object.keys(same.with), ["pixel1", "pixel2", "pixel3", "madds"]);
  assert.equal(same.with.madds, madds.with.pixel1);
  assert.equal(rankCorrelations(timed((pixel1) => -pixel1))[0].with.pixel1, -1);
  const untimed = rankCorrelations(countPaperTable("table3").rows);
  assert.deepEqual(untimed.map(({ of }) => of), ["madds"]);
  assert.equal(untimed[0].with.pixel2!.toFixed(3), "0.983");
});

Deno.test("a table without printed times has no correlation", () => {
  assert.deepEqual(
    rankCorrelations(
      countPaperTable("table7").rows.map((row) => ({
        ...row,
        paper: { ...row.paper, printed: {} },
      })),
    ),
    [],
  );
});

Deno.test("table 4 is measured in float and in int8", async () => {
  const counted = countPaperTable("table4");
  const small = { ...counted, rows: counted.rows.slice(2, 3) };
  const { rows: [row] } = await measurePaperTable(small, { runs: 3, warmup: 1 });
  assert.equal(row.paper.printed.pixel3, 10.7);
  assert.ok(row.time!.milliseconds > 0);
  assert.ok(row.int8!.milliseconds > 0);
  assert.ok(row.int8!.milliseconds !== row.time!.milliseconds);
});
