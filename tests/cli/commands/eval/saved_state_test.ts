import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../../core/errors.ts";
import { colors } from "../../../../cli/console/colors.ts";
import { readState } from "../../../../cli/commands/eval/saved_state.ts";
import { ROOT, shared, testWithShared } from "../../../support/shared.ts";
import { runCli } from "../../../support/run_cli.ts";
import { writeSmallSet } from "./coco_set.ts";
import { evaluate, refusal, restore } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

const VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1,
  0.5,
  2 ** 53,
  1e308,
  -1e308,
  2 ** 32,
  "",
  "x",
  "1e9",
  [],
  {},
  [0],
  [[]],
  true,
  "A".repeat(4096),
];

/** All places in a value from JSON, as paths. */
function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  const inside = typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, part]) => placesIn(part, [...path, key]))
    : [];
  return [[...path], ...inside];
}

/** The value with something else at a place; `undefined` removes it. */
function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy = structuredClone(value) as Record<string, unknown>;
  const inside = changed(copy[key], rest, to);
  if (inside === undefined) delete copy[key];
  else copy[key] = inside;
  return copy;
}

/** Saves a small state of every benchmark. */
async function saveAll(cwd: string): Promise<string[]> {
  const set = `${ROOT}tests/fixtures/cityscapes`;
  await writeSmallSet(cwd, 4);
  await evaluate([
    "coco",
    "--annotations",
    "truth.json",
    "--detections",
    "results.json",
    "--save-state",
    "coco.json",
  ], cwd);
  await evaluate([
    "cityscapes",
    "--root",
    set,
    "--predictions",
    `${set}/results`,
    "--save-state",
    "city.json",
  ], cwd);
  await write(`${cwd}/labels.txt`, "a\nb\n");
  const state = (classes: unknown[], boundary: unknown) => ({
    format: "bneck evaluation 1",
    benchmark: "segmentation",
    settings: {
      list: { classes, ignore: [9] },
      origin: { model: null, size: null },
      limit: null,
      boundary: 2,
      leftOut: [],
      maps: { truth: null, predictions: null },
    },
    shards: { count: 2, numbers: [1] },
    state: {
      format: "bneck segmentation 1",
      images: 1,
      classes: [{ id: 0, name: "sky" }, { id: 1, name: "road" }],
      ignore: [9],
      confusionMatrix: [[5, 1, 0], [0, 3, 0], [0, 0, 2]],
      boundary,
    },
  });
  const mean = { images: 1, sum: [0.5] };
  await write(
    `${cwd}/pixels.json`,
    JSON.stringify(
      state([{ id: 0, name: "sky", color: [1, 2, 3] }, { id: 1, name: "road" }], {
        tolerance: 2,
        all: mean,
        classes: [mean, mean],
      }),
    ),
  );
  await write(
    `${cwd}/imagenet.json`,
    JSON.stringify({
      format: "bneck evaluation 1",
      benchmark: "imagenet",
      settings: { classes: ["a", "b"], origin: { model: "m", size: null }, limit: 3 },
      shards: null,
      state: {
        format: "bneck accuracy 1",
        images: [2, 1],
        top1: [1, 1],
        top5: [2, 1],
        confusions: [[0, 1, 1]],
      },
    }),
  );
  return ["coco.json", "city.json", "pixels.json", "imagenet.json"].map((name) => `${cwd}/${name}`);
}

/** Restores a state from a file and shows it in every form. */
async function show(path: string): Promise<void> {
  const saved = await readState(path);
  const { benchmark, metric, settings } = await restore(saved, path) as Awaited<ReturnType<typeof restore>>;
  const presentation = benchmark.present(metric, settings);
  presentation.metrics();
  JSON.stringify(presentation.json());
  presentation.notes();
  for (const format of ["table", "csv"] as const) {
    presentation.table({ format, perClass: true, colors: colors(false) });
  }
  await presentation.report([], { models: [], data: [] });
  JSON.stringify(metric.toJSON());
}

Deno.test("states of every benchmark with anything changed are shown or refused by name, without much memory", () =>
  inFolder(async (cwd) => {
    for (const path of await saveAll(cwd)) {
      await show(path);
      const whole: unknown = JSON.parse(await Deno.readTextFile(path));
      // Unknown benchmarks are refused before a state is restored.
      const places = placesIn(whole).filter(([key]) => key !== "benchmark");
      const mutant = `${cwd}/mutant.json`;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          fc.oneof(fc.constantFrom(...VALUES), fc.constant(undefined), fc.jsonValue()),
          async (place, value) => {
            const json = JSON.stringify(changed(whole, place, value)) ?? "null";
            await Deno.writeTextFile(mutant, json);
            const before = Deno.memoryUsage();
            try {
              await show(mutant);
            } catch (error) {
              assert.ok(
                error instanceof BneckError,
                `${place.join(".")}: ${json.slice(0, 300)}\n${error instanceof Error ? error.stack : error}`,
              );
            }
            const after = Deno.memoryUsage();
            const grown = after.heapUsed + after.external - before.heapUsed - before.external;
            assert.ok(grown < 64 * 2 ** 20, `${place.join(".")} takes ${grown} bytes`);
          },
        ),
        { numRuns: 150 },
      );
    }
  }));

testWithShared(
  "cases/security",
  "hostile states are refused by name with exit status 3",
  () =>
    inFolder(async (cwd) => {
      for (const name of ["r_count", "r_id", "r_color"]) {
        const path = shared(`cases/security/${name}.json`);
        const stderr = await refusal(["merge", path, "--report", "report.html"], cwd, 3);
        assert.ok(stderr.includes(path), stderr);
        assert.doesNotMatch(stderr, /internal error/);
      }
    }),
);

Deno.test("a state with a class of a control character or of an impossible number of shards prints nothing of it raw", () =>
  inFolder(async (cwd) => {
    const [, , pixels] = await saveAll(cwd);
    const whole: unknown = JSON.parse(await Deno.readTextFile(pixels));
    await write(`${cwd}/count.json`, JSON.stringify(changed(whole, ["shards", "count"], 1_000_001)));
    await refusal(["merge", "count.json"], cwd, 3);
    const name = "\u001b[31mred";
    const named = changed(whole, ["settings", "list", "classes", "0", "name"], name);
    await write(`${cwd}/raw.json`, JSON.stringify(changed(named, ["state", "classes", "0", "name"], name)));
    const { stdout, stderr } = await runCli(["eval", "merge", "raw.json", "--per-class"], { cwd });
    assert.ok(!`${stdout}${stderr}`.includes("\u001b"));
  }));
