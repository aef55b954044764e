import assert from "node:assert/strict";
import { idsOfName } from "../../../../datasets/cityscapes/prediction_ids.ts";
import { readLabelMap } from "../../../../core/images/mod.ts";
import { streetMapping } from "../../../../datasets/segmentation/mod.ts";
import { CAMVID_11 } from "../../../../datasets/camvid/labels.ts";
import { runCli } from "../../../support/run_cli.ts";
import { copy, inFolder } from "../../../support/folders.ts";
import { STREET_MASK, STREET_PHOTO } from "../../../support/street.ts";

Deno.test("segment saves trainIds and labelIds of Cityscapes, and says which class became which", () =>
  inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/ulm_000000_000001_leftImg8bit.png`);
    const args = [
      "segment",
      "-m",
      "street",
      "ulm_000000_000001_leftImg8bit.png",
      "-o",
      "out",
      "--save",
      "trainids,labelids",
    ];
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /in Cityscapes' terms: pavement → sidewalk, tree → vegetation, .*bicyclist → rider\n/,
    );

    const mask = await readLabelMap(STREET_MASK);
    const mapping = streetMapping(CAMVID_11.map(({ name }) => name));
    for (const kind of ["trainids", "labelids"] as const) {
      const path = `${cwd}/out/ulm_000000_000001_leftImg8bit.${kind}.png`;
      const table = kind === "trainids" ? mapping.trainIds : mapping.labelIds;
      assert.deepEqual((await readLabelMap(path)).data, mask.data.map((id) => table[id]));
      assert.equal(idsOfName(path), kind === "trainids" ? "trainIds" : "labelIds");
    }
  }));

Deno.test("nothing is said of Cityscapes where its ids are not asked for", () =>
  inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/a.png`);
    const { stderr } = await runCli(["segment", "-m", "street", "a.png", "-o", "out", "--save", "ids"], {
      cwd,
    });
    assert.doesNotMatch(stderr, /Cityscapes/);
  }));
