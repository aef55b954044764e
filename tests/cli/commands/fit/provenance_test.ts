import assert from "node:assert/strict";
import { join } from "node:path";
import { fitProvenance } from "../../../../cli/commands/fit/provenance.ts";
import type { FitData, FitImage } from "../../../../models/fit/mod.ts";

Deno.test("the report of a fit counts the files of masks and of labels that are drawn, each once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-provenance-" });
  try {
    const at = (name: string) => join(folder, name);
    for (const name of ["fitted", "a.jpg", "b.jpg", "a.png", "b.json", "coco.json"]) {
      await Deno.writeTextFile(at(name), name);
    }
    const drawnFrom = (source?: string) => ({ width: 1, height: 1, background: 0, objects: [], source });
    const images = [
      { name: "a", image: at("a.jpg"), truth: at("a.png") },
      { name: "b", image: at("b.jpg"), truth: `${folder} (b)`, drawn: drawnFrom(at("b.json")) },
      { name: "c", image: at("a.jpg"), truth: "coco.json (c)", drawn: drawnFrom(at("coco.json")) },
      { name: "d", image: at("b.jpg"), truth: "coco.json (d)", drawn: drawnFrom(at("coco.json")) },
      { name: "e", image: at("b.jpg"), truth: "coco.json (e)", drawn: drawnFrom() },
    ] as unknown as FitImage[];
    const data = { train: images, val: images.slice(0, 1) } as unknown as FitData;
    const { data: sources } = await fitProvenance({ name: "fitted", file: at("fitted"), data });
    const masks = sources.filter(({ what }) => what.startsWith("masks")).map(({ digest }) => digest?.files);
    assert.deepEqual(masks, [3, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
