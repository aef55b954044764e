import assert from "node:assert/strict";
import { proxylessNas } from "../../../core/backbones/mod.ts";
import { built, describeBlocks } from "./describe_blocks.ts";

const blocksOf = (target: "mobile" | "cpu" | "gpu") =>
  describeBlocks(built((g, image) => proxylessNas(g, image, { target })).graph);

Deno.test("ProxylessNAS-Mobile keeps the numbers of the units that the search removed", () => {
  assert.deepEqual(blocksOf("mobile"), [
    "block1 32-16 k3",
    "block2 16-48-32 k5 s2",
    "block3 32-96-32 k3 +",
    "block6 32-96-40 k7 s2",
    "block7 40-120-40 k3 +",
    "block8 40-120-40 k5 +",
    "block9 40-120-40 k5 +",
    "block10 40-240-80 k7 s2",
    "block11 80-240-80 k5 +",
    "block12 80-240-80 k5 +",
    "block13 80-240-80 k5 +",
    "block14 80-480-96 k5",
    "block15 96-288-96 k5 +",
    "block16 96-288-96 k5 +",
    "block17 96-288-96 k5 +",
    "block18 96-576-192 k7 s2",
    "block19 192-1152-192 k7 +",
    "block20 192-576-192 k7 +",
    "block21 192-576-192 k7 +",
    "block22 192-1152-320 k7",
  ]);
});

Deno.test("ProxylessNAS-CPU and -GPU are what was released", () => {
  assert.deepEqual(blocksOf("cpu").slice(0, 6), [
    "block1 40-24 k3",
    "block2 24-144-32 k3 s2",
    "block3 32-96-32 k3 +",
    "block4 32-96-32 k3 +",
    "block5 32-96-32 k3 +",
    "block6 32-192-48 k3 s2",
  ]);
  assert.deepEqual(blocksOf("gpu"), [
    "block1 40-24 k3",
    "block2 24-72-32 k5 s2",
    "block6 32-96-56 k7 s2",
    "block9 56-168-56 k3 +",
    "block10 56-336-112 k7 s2",
    "block13 112-336-112 k5 +",
    "block14 112-672-128 k5",
    "block16 128-384-128 k3 +",
    "block17 128-384-128 k5 +",
    "block18 128-768-256 k7 s2",
    "block19 256-1536-256 k7 +",
    "block20 256-1536-256 k7 +",
    "block21 256-1536-256 k5 +",
    "block22 256-1536-432 k7",
  ]);
});
