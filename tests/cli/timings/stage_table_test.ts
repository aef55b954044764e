import assert from "node:assert/strict";
import { formatStages, stageRows, type StageSums } from "../../../cli/timings/stage_table.ts";
import { PREPARATION } from "../../../models/pipeline/network_parts.ts";

const SUMS: StageSums = {
  images: 10,
  workers: 2,
  milliseconds: 100,
  stages: new Map([["decode", 40], ["resize", 10], ["infer", 100], ["write", 20]]),
};

Deno.test("the network's time is split into its parts, and what nobody did is waiting", () => {
  const parts = [{ name: PREPARATION, share: 0.1 }, { name: "backbone", share: 0.6 }, {
    name: "detect head",
    share: 0.3,
  }];
  assert.deepEqual(stageRows(SUMS, parts), [
    { stage: "decode", milliseconds: 40 },
    { stage: "resize + normalise", milliseconds: 20 },
    { stage: "backbone", milliseconds: 60 },
    { stage: "detect head", milliseconds: 30 },
    { stage: "write", milliseconds: 20 },
    { stage: "waiting", milliseconds: 30 },
    { stage: "2 workers", milliseconds: 200 },
  ]);
});

Deno.test("resizing has a row of its own where the network's parts are not known", () => {
  const rows = stageRows(SUMS, [{ name: "network", share: 1 }]);
  assert.deepEqual(rows.slice(1, 3), [
    { stage: "resize + normalise", milliseconds: 10 },
    { stage: "network", milliseconds: 100 },
  ]);
});

Deno.test("stages that overlap leave no waiting, and never less than none", () => {
  const rows = stageRows({ ...SUMS, milliseconds: 50 }, [{ name: "network", share: 1 }]);
  assert.deepEqual(rows.at(-2), { stage: "waiting", milliseconds: 0 });
});

Deno.test("the closing line sets the speed beside that of the network alone, where there is one", () => {
  assert.match(
    formatStages(SUMS, [{ name: "network", share: 1 }]).speed,
    /^100\.0 images\/s; the network alone would do 200\.0 on 2 cores, and this is 0\.50 of it$/,
  );
  const files = { ...SUMS, stages: new Map([["read + decode", 150], ["count", 30]]) };
  const { table, speed } = formatStages(files, []);
  assert.match(table, /2 workers +0\.20 +20\.00 +100\.0 %\n$/);
  assert.equal(speed, "100.0 images/s");
});
