import assert from "node:assert/strict";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

Deno.test("run refuses flags of a head that it does not run, and takes those of both", async () => {
  const run = (...flags: string[]) => runCli(["run", STREET_PHOTO, "-m", "street", "-q", ...flags]);
  for (
    const [head, other, ...flags] of [
      ["detect", "segment", "--opacity", "0.7"],
      ["detect", "segment", "--tta", "flip"],
      ["detect", "segment", "--palette", "contrast"],
      ["segment", "detect", "--score", "0.3"],
      ["segment", "detect", "--no-yolo-scores"],
    ]
  ) {
    const { code, stderr } = await run("--heads", head, ...flags);
    assert.equal(code, 2);
    assert.equal(stderr, `bneck: error: ${flags[0]} is for ${other}, which --heads ${head} does not run\n`);
  }
  assert.equal((await run("--heads", "segment", "--score", "0.25")).code, 0, "the default changes nothing");
  const { code, stdout } = await run("--score", "0.9", "--opacity", "0.1");
  assert.equal(code, 0);
  assert.match(stdout, /no objects; road/);
});

Deno.test("run takes flags of both heads when one of them runs", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-heads-" }));
  try {
    await Deno.copyFile(STREET_PHOTO, `${folder}/7.png`);
    const categories = [{ id: 3, name: "car" }];
    const truth = {
      images: [{ id: 7, file_name: "7.png", width: 960, height: 720 }],
      annotations: [],
      categories,
    };
    await Deno.writeTextFile(`${folder}/truth.json`, JSON.stringify(truth));
    for (const head of ["detect", "segment"]) {
      const flags = [
        "-m",
        "street",
        "--heads",
        head,
        "-o",
        head,
        "--save",
        "coco",
        "--annotations",
        "truth.json",
      ];
      const { code, stderr } = await runCli(["run", "7.png", "-q", ...flags], { cwd: folder });
      assert.equal(code, 0, stderr);
      const results = JSON.parse(await Deno.readTextFile(`${folder}/${head}/detections.coco.json`));
      assert.ok(results.length > 0 && results.every((result: { image_id: number }) => result.image_id === 7));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
