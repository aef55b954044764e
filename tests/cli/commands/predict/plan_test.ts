import assert from "node:assert/strict";
import { describeExisting, describeLeft, type Plan } from "../../../../cli/commands/predict/plan.ts";
import type { PredictFlags } from "../../../../cli/commands/predict/flags.ts";
import type { FileKind } from "../../../../models/pipeline/mod.ts";

const IMAGE = { input: { path: "a.jpg", name: "a.jpg", folder: "." } } as unknown as Plan["images"][number];

function plan(parts: Partial<Plan>): Plan {
  return {
    images: [IMAGE, IMAGE],
    videos: false,
    problems: [],
    existing: [],
    skipped: 0,
    passedVideos: 0,
    folders: new Set(),
    ...parts,
  };
}

Deno.test("a run that was stopped advises what the next run accepts", () => {
  const left = (
    { videos = false, filesOfRun = false, kinds = ["ids"], ...flags }: {
      readonly videos?: boolean;
      readonly filesOfRun?: boolean;
      readonly kinds?: readonly FileKind[];
      readonly out?: string;
      readonly skipExisting?: boolean;
    },
  ) => describeLeft(1, plan({ videos }), flags as PredictFlags, kinds, filesOfRun);
  const out = "out";
  assert.match(
    left({ out }),
    /^stopped: 1 of 2 images are left; the same command with --skip-existing continues/,
  );
  assert.match(left({ out, skipExisting: true }), /; the same command continues with them$/);
  assert.match(
    left({ out, videos: true }),
    /of 2 inputs are left; the same command with --skip-existing continues .*; a video .* begins again$/,
  );
  const again = /; the same command with --overwrite begins again$/;
  assert.match(left({ out, filesOfRun: true }), again, "--skip-existing is refused beside --save coco");
  assert.match(left({ out, kinds: ["cutouts"] }), again, "and where nothing tells which images are done");
  assert.match(left({ out, kinds: [], filesOfRun: true }), /; the same command begins again$/);
  const nothing = /; nothing was saved that a later run could continue from$/;
  assert.match(left({ kinds: [] }), nothing);
  assert.match(left({ videos: true, kinds: [] }), nothing, "--overwrite is refused without --out");
});

Deno.test("images that were left out come with advice that the run accepts", () => {
  const existing = [{ file: "a.jpg", result: "out/a.ids.png" }];
  const both =
    /^a\.jpg was left out: out\/a\.ids\.png already exists; --overwrite replaces such files, --skip-existing/;
  assert.match(describeExisting(plan({ existing }), ["ids"], false), both);
  const one = /; --overwrite replaces such files$/;
  assert.match(describeExisting(plan({ existing, videos: true }), ["ids"], false), both);
  assert.match(describeExisting(plan({ existing }), ["ids"], true), one);
  assert.match(describeExisting(plan({ existing }), ["crops"], false), one);
});
