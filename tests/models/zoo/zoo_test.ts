import assert from "node:assert/strict";
import { findNetwork, networkGraph, NETWORKS, PAPER_TABLES } from "../../../models/zoo/mod.ts";

Deno.test("every network has a name and a summary of its own", () => {
  for (const key of ["name", "summary"] as const) {
    assert.equal(new Set(NETWORKS.map((network) => network[key])).size, NETWORKS.length, key);
  }
  for (const { name, summary } of NETWORKS) {
    assert.match(name, /^[a-z0-9]+([-_.][a-z0-9]+)*$/);
    assert.ok(summary.length > 0 && !summary.endsWith("."));
  }
});

Deno.test("every network is found by its name", () => {
  for (const network of NETWORKS) assert.equal(findNetwork(network.name), network);
});

Deno.test("a family has members of any width", () => {
  const names = [
    "mobilenetv2-1.4",
    "mobilenetv3-large-0.9",
    "mobilenetv1-0.25",
    "mnasnet-a1-0.5",
    "mnasnet-b1-1.3",
    "ssdlite-mobilenetv2-0.75",
    "ssdlite-mnasnet-a1-0.75",
    "mobilenet_v3_small-0.75",
    "mobilenet_v2-1.4",
    "ssdlite320_mobilenet_v3_large-0.5",
  ];
  for (const name of names) {
    const network = findNetwork(name);
    assert.equal(network?.name, name);
    assert.ok(networkGraph(network!).layers.length > 10);
  }
});

Deno.test("names of nothing are answered with nothing", () => {
  const names = [
    "",
    "mobilenet",
    "mobilenetv2",
    "mobilenetv2-",
    "mobilenetv2-0",
    "mobilenetv2-99",
    "mobilenetv2-1e9",
  ];
  for (const name of [...names, "mobilenetv2--1", "proxylessnas-mobile-0.5", "__proto__", "constructor"]) {
    assert.equal(findNetwork(name), undefined, name);
  }
});

Deno.test("outputs are named after the task", () => {
  const outputs = (name: string) => Object.keys(networkGraph(findNetwork(name)!).outputs);
  assert.deepEqual(outputs("mobilenetv2-1.0"), ["classify.logits"]);
  assert.deepEqual(outputs("ssdlite-mobilenetv3-small"), ["detect.boxes", "detect.scores"]);
  assert.deepEqual(outputs("lraspp-mobilenetv3-small-rf2-f128"), ["segment.logits"]);
  assert.deepEqual(outputs("deeplabv3_mobilenet_v3_large"), ["segment.logits", "segment.auxiliary"]);
});

Deno.test("every row of every table is of a listed network, under a label of its own", () => {
  const listed = new Set(NETWORKS.map((network) => network.name));
  for (const { rows } of PAPER_TABLES) {
    assert.equal(new Set(rows.map((row) => row.label)).size, rows.length);
    for (const row of rows) assert.ok(listed.has(row.network), row.label);
  }
});
