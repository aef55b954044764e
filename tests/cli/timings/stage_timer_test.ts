import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeLabelPng, encodeRgbImage } from "../../../core/images/mod.ts";
import { runCli } from "../../support/run_cli.ts";
import { testImage } from "../../support/test_image.ts";

/** Each command with the rows that its tables have on stderr. */
async function timed(args: readonly string[], rows: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runCli([...args, "--timings", "-q"], { cwd });
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /seconds/);
  for (const row of rows) assert.match(stderr, new RegExp(`^${row} +\\d`, "m"), args.join(" "));
}

Deno.test("--timings prints the stages of predictions and evaluations on stderr", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    for (const folder of ["photos", "labels"]) await Deno.mkdir(join(cwd, folder));
    for (const name of ["a", "b"]) {
      const photo = await encodeRgbImage(testImage(160, 120), "png");
      await Deno.writeFile(join(cwd, `photos/${name}.png`), photo);
      const labels = { width: 160, height: 120, data: new Uint8Array(160 * 120) };
      await Deno.writeFile(join(cwd, `labels/${name}.png`), encodeLabelPng(labels, []));
    }
    const classes = { classes: [{ id: 0, name: "background" }, { id: 1, name: "person" }] };
    await Deno.writeTextFile(join(cwd, "classes.json"), JSON.stringify(classes));
    const truth = {
      images: ["a", "b"].map((name, id) => ({ id, file_name: `${name}.png`, width: 160, height: 120 })),
      annotations: [{ id: 1, image_id: 0, category_id: 1, bbox: [1, 1, 20, 20], area: 400, iscrowd: 0 }],
      categories: [{ id: 1, name: "person" }],
    };
    await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify(truth));
    const network = ["resize \\+ normalise", "backbone", "post", "waiting", "\\d workers?"];

    await timed(["segment", "photos"], ["read", "decode", ...network, "segment head"], cwd);
    const set = ["--labels", "labels", "--classes", "classes.json"];
    await timed(
      ["eval", "segmentation", "--images", "photos", ...set],
      ["read \\+ decode", ...network, "count"],
      cwd,
    );
    await timed(
      ["eval", "segmentation", "--predictions", "labels", ...set],
      ["read \\+ decode", "count", "waiting", "\\d workers?"],
      cwd,
    );
    await timed(
      ["eval", "coco", "--annotations", "truth.json", "--images", "photos"],
      [...network, "detect head", "read annotations", "match"],
      cwd,
    );
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
