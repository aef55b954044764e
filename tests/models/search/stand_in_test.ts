import assert from "node:assert/strict";
import { fitStandIn, paperNetworks, type ScoredPaperNetwork } from "../../../models/search/stand_in.ts";
import { ScoreCache } from "../../../models/search/score_cache.ts";
import { readSearchState, writeSearchState } from "../../../models/search/state.ts";
import { referenceNetworks } from "../../../models/search/references.ts";

function network(accuracy: number, naswot: number, zen: number, madds: number): ScoredPaperNetwork {
  return { label: `n${accuracy}`, network: "n", size: [224, 224], accuracy, scores: { naswot, zen, madds } };
}

const TABLES = Array.from({ length: 6 }, (_, k) => [k < 3 ? "table3" : "table9"]);

Deno.test("the stand-in is the straight line through what is published", () => {
  const networks = [60, 65, 70, 72, 75, 77].map((accuracy) =>
    network(accuracy, 2 * accuracy + 1000, 80 - accuracy, 1e6 + accuracy)
  );
  const fitted = fitStandIn("naswot", networks, TABLES);
  assert.ok(Math.abs(fitted.estimate({ naswot: 1150 }) - 75) < 1e-6);
  assert.ok(fitted.error < 1e-6);
  assert.deepEqual(fitted.correlations.map(({ of, all }) => [of, Math.round(all)]), [
    ["naswot", 1],
    ["zen", -1],
    ["madds", 1],
  ]);
  assert.ok(Math.abs(fitStandIn("madds", networks, TABLES).estimate({ madds: 1e6 + 66 }) - 66) < 1e-3);
});

Deno.test("two scores are weighed so that they fit best together", () => {
  const pairs = [[1, 5], [2, 3], [4, 4], [5, 1], [7, 2], [8, 8]];
  const networks = pairs.map(([a, b]) => network(10 + 3 * a - 2 * b, a, b, 1));
  const fitted = fitStandIn("both", networks, TABLES);
  assert.ok(Math.abs(fitted.estimate({ naswot: 6, zen: 6 }) - 16) < 1e-9);
});

Deno.test("estimates vary as much as published accuracies, however badly the score correlates", () => {
  const networks = [[60, 3], [65, 1], [70, 9], [72, 2], [75, 5], [77, 6]].map(([a, s]) =>
    network(a, s, s, s)
  );
  const spread = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0))];
  };
  const { estimate } = fitStandIn("naswot", networks, TABLES);
  const found = spread(networks.map(({ scores }) => estimate(scores)));
  const published = spread(networks.map(({ accuracy }) => accuracy));
  found.forEach((value, i) => assert.ok(Math.abs(value - published[i]) < 1e-9, `${found} for ${published}`));
});

Deno.test("the error is that of networks which are left out of the fit", () => {
  const networks = [[60, 1], [65, 2], [70, 9], [72, 4], [75, 5], [77, 6]].map(([a, s]) =>
    network(a, s, s, s)
  );
  const { error } = fitStandIn("naswot", networks, TABLES);
  assert.ok(error > 4, `${error}`);
});

Deno.test("each network of tables 3 and 9 is looked at once, without the one that was never published", () => {
  const networks = paperNetworks();
  assert.equal(networks.length, 23);
  assert.ok(!networks.some(({ label }) => label === "Mnas-small"));
  const large = networks.find(({ network, size }) => network === "mobilenetv3-large-1.0" && size[0] === 224)!;
  assert.deepEqual([large.accuracy, large.tables], [75.2, ["table3", "table9"]]);
});

Deno.test("references have the accuracy that is published for their size, and no other", () => {
  const at = (side: number, name: string) =>
    referenceNetworks([side, side]).find((reference) => reference.name === name)!.accuracy;
  assert.equal(at(224, "mobilenetv3-large-1.0"), 75.2);
  assert.equal(at(160, "mobilenetv3-large-1.0"), 71.7);
  assert.equal(at(224, "mnasnet-small"), 66.0);
  assert.equal(at(160, "mnasnet-a1"), undefined);
});

Deno.test("a state is gone on from by the same search alone, and whatever it holds does no harm", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/found.json.state`;
    assert.equal(await readSearchState(path, "a"), undefined);
    const known = new Map([["small: k3", { milliseconds: 1.5, scores: { naswot: 120 } }]]);
    await writeSearchState(path, "a", known);
    assert.deepEqual(await readSearchState(path, "a"), known);
    assert.equal(await readSearchState(path, "b"), "other");
    const good = await Deno.readTextFile(path);
    for (
      const text of [
        "",
        "{",
        "[]",
        good.replace("1.5", "-1"),
        good.replace("1.5", '"1"'),
        good.replace("120", '{"a": 1}'),
        good.replace('"small: k3"', "7"),
        good.slice(0, -5),
      ]
    ) {
      await Deno.writeTextFile(path, text);
      assert.equal(await readSearchState(path, "a"), "other", text);
    }
    await Deno.remove(path);
    await Deno.mkdir(path);
    assert.equal(await readSearchState(path, "a"), "other");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("scores are remembered by their key, and a file that may be anything does no harm", async () => {
  const folder = await Deno.makeTempDir();
  const env = (name: string) => name === "BNECK_CACHE" ? folder : undefined;
  try {
    const scores = { naswot: 1, zen: 2, madds: 3 };
    const cache = await ScoreCache.open(env, "a");
    cache.set("net 224", scores);
    await cache.save();
    assert.deepEqual((await ScoreCache.open(env, "a")).get("net 224"), scores);
    assert.equal((await ScoreCache.open(env, "b")).get("net 224"), undefined);
    const path = `${folder}/search-scores.json`;
    for (
      const text of [
        "",
        "[]",
        '{"a": 1}',
        '{"a": {"net 224": {"naswot": "x"}}}',
        '{"__proto__": {"net 224": {}}}',
      ]
    ) {
      await Deno.writeTextFile(path, text);
      assert.equal((await ScoreCache.open(env, "a")).get("net 224"), undefined, text);
      assert.equal((await ScoreCache.open(env, "__proto__")).get("net 224"), undefined, text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
