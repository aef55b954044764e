/** Files that hold the results of a whole run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { resultsIn, withStreet } from "./street.ts";

Deno.test("--save coco asks for image ids where names are no numbers, and takes them from annotations", () =>
  withStreet(async (cwd) => {
    const args = ["detect", "photos", "-o", "out", "--save", "coco"];
    const refused = await runCli(args, { cwd });
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /street\.png has no COCO image id: its name is not a number .* --annotations/,
    );

    const truth = {
      images: [{ id: 7, file_name: "street.png", width: 480, height: 360 }],
      annotations: [],
      categories: [],
    };
    await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify(truth));
    const { code, stderr } = await runCli([...args, "--annotations", "truth.json"], { cwd });
    assert.equal(code, 0, stderr);
    const results = JSON.parse(await Deno.readTextFile(join(cwd, "out/detections.coco.json")));
    assert.ok(results.length > 0 && results.every(({ image_id }: { image_id: number }) => image_id === 7));
  }));

Deno.test("--save coco neither replaces a results file unasked nor leaves images out of it", () =>
  withStreet(async (cwd) => {
    await Deno.rename(join(cwd, "photos/street.png"), join(cwd, "photos/1.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "json,coco"];
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/detections.coco.json"), "mine");
    const refused = await runCli(args, { cwd });
    assert.deepEqual([refused.code, refused.stderr], [
      2,
      "bneck: error: out/detections.coco.json already exists; --overwrite replaces it\n",
    ]);
    const skipping = await runCli([...args, "--skip-existing"], { cwd });
    assert.equal(skipping.code, 2);
    assert.match(
      skipping.stderr,
      /--skip-existing leaves images out, but --save coco writes one file for all/,
    );
    assert.deepEqual(resultsIn(join(cwd, "out")), ["detections.coco.json"]);
    assert.equal(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "mine");
    assert.equal((await runCli([...args, "--overwrite"], { cwd })).code, 0);
    assert.notEqual(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "mine");
  }));

Deno.test("results files are marked as partial until they hold all images", () =>
  withStreet(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "photos/0.png"), "not an image");
    for (const id of [1, 2, 3, 4]) await Deno.copyFile(STREET_PHOTO, join(cwd, `photos/${id}.png`));
    await Deno.remove(join(cwd, "photos/street.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "coco,csv", "--size", "256", "-j1"];
    const stopped = await runCli([...args, "--fail-fast"], { cwd });
    assert.equal(stopped.code, 1, stopped.stderr);
    assert.match(stopped.stderr, /out\/detections\.coco\.json\.partial holds only the \d images? that w/);
    const partial = ["detections.coco.json.partial", "objects.csv.partial"];
    assert.deepEqual(resultsIn(join(cwd, "out")), partial);
    assert.ok(Array.isArray(JSON.parse(await Deno.readTextFile(join(cwd, "out", partial[0])))));

    // What was complete before is not replaced by less.
    await Deno.writeTextFile(join(cwd, "out/detections.coco.json"), "whole");
    await runCli([...args, "--fail-fast", "--overwrite"], { cwd });
    assert.equal(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "whole");

    const whole = await runCli([...args, "--overwrite"], { cwd });
    assert.equal(whole.code, 1, whole.stderr);
    assert.deepEqual(resultsIn(join(cwd, "out")), ["detections.coco.json", "objects.csv"]);
  }));

Deno.test("the results files of shards hold together what one run's holds", () =>
  withStreet(async (cwd) => {
    for (const id of [2, 3, 4]) await Deno.copyFile(STREET_PHOTO, join(cwd, `photos/${id}.png`));
    await Deno.rename(join(cwd, "photos/street.png"), join(cwd, "photos/1.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "coco", "--size", "256"];
    for (const shard of [[], ["--shard", "1/2"], ["--shard", "2/2"]]) {
      const { code, stderr } = await runCli([...args, ...shard], { cwd });
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(resultsIn(join(cwd, "out")), [
      "detections.1-of-2.coco.json",
      "detections.2-of-2.coco.json",
      "detections.coco.json",
    ]);
    const read = async (name: string) =>
      JSON.parse(await Deno.readTextFile(join(cwd, "out", name))) as { image_id: number }[];
    const parts = [
      ...await read("detections.1-of-2.coco.json"),
      ...await read("detections.2-of-2.coco.json"),
    ];
    const byImage = (a: { image_id: number }, b: { image_id: number }) => a.image_id - b.image_id;
    assert.deepEqual(parts.sort(byImage), await read("detections.coco.json"));
  }));
