import assert from "node:assert/strict";
import { uniformChannels } from "../../../../models/compress/adapt/baselines.ts";
import {
  type Candidate,
  channelsOf,
  narrowed,
  originalCandidate,
  restored,
} from "../../../../models/compress/adapt/candidate.ts";
import { channelRows } from "../../../../models/compress/adapt/channel_rows.ts";
import { OutputReference } from "../../../../models/compress/adapt/distance.ts";
import { TallProducts } from "../../../../models/compress/adapt/moments.ts";
import { sampleReaders, shrinkGroup } from "../../../../models/compress/adapt/shrink.ts";
import { noiseImages, smallNetwork } from "./small_network.ts";

const SAMPLING = { cells: 16, seed: 1 };
const GROUP = "backbone.block5.expand";

/** The network, in which some channels of an expansion repeat others: nothing is lost without them. */
function withRepeatedChannels(candidate: Candidate): Candidate {
  const weights = new Map(candidate.weights);
  const repeat = (scope: string) => {
    const { weight, bias } = weights.get(scope)!;
    const channels = candidate.layout.groups.find(({ name }) => name === GROUP)!.channels;
    const [w, b, per] = [weight.slice(), bias!.slice(), weight.length / channels];
    for (let channel = channels / 2; channel < channels; channel++) {
      w.copyWithin(channel * per, (channel - channels / 2) * per, (channel - channels / 2 + 1) * per);
      b[channel] = b[channel - channels / 2];
    }
    weights.set(scope, { weight: w, bias: b });
  };
  ["expand", "depthwise", "se.excite"].forEach((part) => repeat(`backbone.block5.${part}`));
  return { ...candidate, weights };
}

Deno.test("channels that others repeat are removed, and the repaired outputs are the same", async () => {
  const network = smallNetwork();
  const original = withRepeatedChannels(originalCandidate(network));
  const images = noiseImages(24);
  const products = await TallProducts.open();
  try {
    const samples = await sampleReaders(original, images, SAMPLING);
    const reference = await OutputReference.open(original, network.tasks, images.slice(0, 4));
    const data = {
      original,
      originalSamples: samples,
      current: original,
      currentSamples: samples,
      products,
    };
    const all = channelsOf(original).get(GROUP)!;
    const half = await shrinkGroup(data, GROUP, all / 2, "effect");
    assert.equal(channelsOf(half).get(GROUP), all / 2);
    const plain = narrowed(original, new Map([[GROUP, half.kept.get(GROUP)!]]));
    const [repaired, unrepaired] = [await reference.distance(half), await reference.distance(plain)];
    assert.ok(repaired < 0.02 * unrepaired, `${repaired}, without repair ${unrepaired}`);
    // One of nearly each pair is left: some channels do nothing, and both of theirs may go.
    const pairs = new Set(half.kept.get(GROUP)!.map((channel) => channel % (all / 2)));
    assert.ok(pairs.size > 0.9 * all / 2, `${pairs.size}`);
  } finally {
    await products.close();
  }
});

Deno.test("channels chosen by their effect lose less than those chosen by magnitude", async () => {
  const network = smallNetwork();
  const original = originalCandidate(network);
  const images = noiseImages(16);
  const products = await TallProducts.open();
  try {
    const samples = await sampleReaders(original, images, SAMPLING);
    const reference = await OutputReference.open(original, network.tasks, images.slice(0, 4));
    const data = { original, originalSamples: samples, current: original, currentSamples: samples, products };
    const [effect, magnitude] = [
      await reference.distance(await shrinkGroup(data, GROUP, 80, "effect")),
      await reference.distance(await shrinkGroup(data, GROUP, 80, "magnitude")),
    ];
    assert.ok(effect < magnitude, `${effect} and ${magnitude}`);
  } finally {
    await products.close();
  }
});

Deno.test("a candidate is restored from its channels and weights", () => {
  const original = originalCandidate(smallNetwork());
  const candidate = narrowed(original, new Map([[GROUP, [0, 3, 5, 7, 8, 11, 13, 17]]]));
  const again = restored(original, candidate);
  assert.deepEqual(channelsOf(again), channelsOf(candidate));
  assert.deepEqual(again.layout, candidate.layout);
});

Deno.test("rows name groups as people do", () => {
  const { graph } = smallNetwork();
  const rows = channelRows(graph, { [GROUP]: 96 });
  assert.deepEqual(rows.find(({ group }) => group === GROUP), {
    group: GROUP,
    title: "block 5, expansion",
    original: 240,
    adapted: 96,
  });
  assert.ok(rows.some(({ title }) => title === "blocks 4–6, bottleneck"));
  assert.ok(rows.some(({ title }) => title === "block 4, squeeze"));
  assert.equal(rows[0].title, "stem");
});

Deno.test("uniform narrowing takes the largest part of all channels that is fast enough", () => {
  const original = new Map([["a", 100], ["b", 64], ["small", 6]]);
  const predict = (table: ReadonlyMap<string, number>) => table.get("a")! + table.get("b")!;
  const channels = uniformChannels(original, predict, 90);
  assert.equal(channels.get("small"), 6);
  assert.ok(predict(channels) <= 90 && predict(channels) > 70, `${predict(channels)}`);
});
