import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLatencyFile, encodeLatencyFile } from "../../../models/latency/latency_file.ts";
import {
  describeTable,
  type LatencySession,
  listLatencyTables,
  MAX_SESSIONS,
  measureForTable,
  missingFrom,
  modelOfTable,
  openLatencyTable,
  predictNetwork,
  saveSessions,
  timedNetwork,
} from "../../../models/latency/mod.ts";
import { findNetwork, networkGraph } from "../../../models/zoo/mod.ts";

function network(name: string, side = 64) {
  return timedNetwork(name, networkGraph(findNetwork(name)!), [side, side]);
}

async function inFolder(work: (env: (name: string) => string | undefined, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work((name) => name === "BNECK_CACHE" ? folder : undefined, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function session(name: string, milliseconds = 1): LatencySession {
  return {
    name,
    date: "2026-01-31",
    milliseconds,
    noise: 0.05,
    samples: [{
      kind: "conv 1x1",
      inputChannels: 16,
      outputChannels: 24,
      inputCells: 49,
      outputCells: 49,
      window: 1,
      channelwise: false,
      weightBytes: 1536,
      milliseconds,
      traffic: 100_000,
    }],
  };
}

Deno.test("what was measured is remembered, and predicts the network again", async () => {
  await inFolder(async (env) => {
    const small = network("mobilenetv3-small-0.35");
    const table = await measureForTable(await openLatencyTable({ env }), [small], { repeats: 1 });
    assert.equal(table.sessions.length, 1);
    const again = await openLatencyTable({ env });
    assert.equal(again.sessions.length, 1);
    const [{ name, date, milliseconds }] = again.sessions;
    assert.equal(name, "mobilenetv3-small-0.35");
    assert.match(date, /^\d{4}-\d\d-\d\d$/);
    // How near, hangs on how busy the machine is.
    const predicted = predictNetwork(modelOfTable(again), small);
    assert.equal(predicted.measuredShare, 1);
    assert.ok(predicted.milliseconds > 0 && milliseconds > 0);
    assert.deepEqual(missingFrom(again, [small]), []);
    const [listed] = await listLatencyTables(env);
    assert.deepEqual(describeTable(listed), describeTable(again));
  });
});

Deno.test("only networks with parts that a table lacks are measured, those with the most of them first", async () => {
  const table = await openLatencyTable({ env: () => undefined });
  const networks = ["mobilenetv3-small-0.35", "mobilenetv3-large-1.0", "mobilenetv3-large-1.0"].map((name) =>
    network(name)
  );
  assert.deepEqual(missingFrom(table, networks).map(({ name }) => name), [
    "mobilenetv3-large-1.0",
    "mobilenetv3-small-0.35",
  ]);
});

Deno.test("without time only the first network of an empty table is measured; once stopped, none", async () => {
  const table = await openLatencyTable({ env: () => undefined });
  const networks = ["mobilenetv3-small-0.35", "mobilenetv3-small-0.5"].map((name) => network(name));
  const one = await measureForTable(table, networks, { limit: 0, repeats: 1 });
  assert.deepEqual(one.sessions.map(({ name }) => name), ["mobilenetv3-small-0.35"]);
  assert.equal(await measureForTable(one, networks, { limit: 0 }).then(({ sessions }) => sessions.length), 1);
  const stopped = await measureForTable(table, networks, { signal: AbortSignal.abort() });
  assert.deepEqual(stopped.sessions, []);
});

Deno.test("the parts of a network that was measured as a whole add up to that", async () => {
  const table = await openLatencyTable({ env: () => undefined });
  const networks = [network("mobilenetv3-small-0.35")];
  const { sessions: [{ milliseconds, samples }] } = await measureForTable(table, networks, {
    repeats: 1,
    whole: () => 1234,
  });
  assert.equal(milliseconds, 1234);
  assert.ok(samples.some((sample) => sample.milliseconds > 1));
});

Deno.test("tables of other threads and precisions are other files", async () => {
  await inFolder(async (env) => {
    const one = await openLatencyTable({ env });
    const [two, int8] = [
      await openLatencyTable({ env, threads: 2 }),
      await openLatencyTable({ env, precision: "int8" }),
    ];
    assert.equal(new Set([one.path, two.path, int8.path]).size, 3);
    await saveSessions(one, [session("a")]);
    assert.equal((await openLatencyTable({ env, threads: 2 })).sessions.length, 0);
  });
});

Deno.test("processes that save at once lose nothing of each other", async () => {
  await inFolder(async (env) => {
    const table = await openLatencyTable({ env });
    await Promise.all(Array.from({ length: 20 }, (_, k) => saveSessions(table, [session(`n${k}`)])));
    const names = (await openLatencyTable({ env })).sessions.map(({ name }) => name);
    assert.deepEqual(names.sort(), Array.from({ length: 20 }, (_, k) => `n${k}`).sort());
  });
});

Deno.test("a table keeps the latest sessions", async () => {
  await inFolder(async (env) => {
    const table = await openLatencyTable({ env });
    await saveSessions(table, Array.from({ length: MAX_SESSIONS + 5 }, (_, k) => session(`n${k}`)));
    const { sessions } = await openLatencyTable({ env });
    assert.equal(sessions.length, MAX_SESSIONS);
    assert.equal(sessions[0].name, "n5");
  });
});

Deno.test("a file that is damaged, hostile or of another machine is as none", async () => {
  await inFolder(async (env) => {
    const table = await openLatencyTable({ env });
    const good = encodeLatencyFile(table.machine, [session("a")]);
    const bad = [
      "",
      "null",
      "[]",
      good.slice(0, -20),
      good.replace('"format":1', '"format":2'),
      good.replace("2026-01-31", "2026-01-31\\u001b[31m"),
      good.replace('"name":"a"', '"name":"\\u001b[31m"'),
      good.replace("[0,16,24", "[7,16,24"),
      good.replace("[0,16,24", "[0,-16,24"),
      good.replace("[0,16,24", "[0,1e300,24"),
      good.replace("[0,16,24", '["__proto__",16,24'),
      good.replace('"milliseconds":1', '"milliseconds":-1'),
      good.replace('"threads":1', '"threads":4'),
    ];
    for (const text of bad) {
      await Deno.mkdir(`${table.path}/..`, { recursive: true }).catch(() => {});
      await Deno.writeTextFile(table.path!, text);
      assert.deepEqual((await openLatencyTable({ env })).sessions, [], text.slice(0, 80));
      assert.ok(await saveSessions(table, [session("b")]), "it is replaced");
      assert.equal((await openLatencyTable({ env })).sessions.length, 1);
    }
  });
});

Deno.test("a folder in place of the file, and a cache that cannot be written, do no harm", async () => {
  await inFolder(async (env) => {
    const table = await openLatencyTable({ env });
    await Deno.mkdir(table.path!, { recursive: true });
    assert.deepEqual((await openLatencyTable({ env })).sessions, []);
    assert.equal(await saveSessions(table, [session("a")]), false);
  });
});

Deno.test("any change of a file gives sessions or nothing, and never throws", async () => {
  const { machine } = await openLatencyTable({ env: () => undefined });
  const good = encodeLatencyFile(machine, [session("a"), session("b")]);
  fc.assert(fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 3 }), (at, text) => {
    const decoded = decodeLatencyFile(good.slice(0, at) + text + good.slice(at + 1));
    for (const { samples } of decoded?.sessions ?? []) {
      assert.ok(samples.every(({ milliseconds, inputCells }) => milliseconds >= 0 && inputCells >= 0));
    }
  }));
});
