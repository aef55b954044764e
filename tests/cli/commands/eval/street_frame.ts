import { encodeLabelPng, readLabelMap } from "../../../../core/images/mod.ts";
import { streetMapping } from "../../../../datasets/segmentation/mod.ts";
import { CAMVID_11 } from "../../../../datasets/camvid/labels.ts";
import { copy, inFolder, write } from "../../../support/folders.ts";
import { STREET_PHOTO, STREET_TRUTH } from "../../../support/street.ts";

/** Runs `test` in a folder with a frame of CamVid in the layout of Cityscapes. */
export function withStreetFrame(test: (root: string) => Promise<void>): Promise<void> {
  return inFolder(async (root) => {
    const name = "ulm_000000_000001";
    const { width, height, data } = await readLabelMap(STREET_TRUTH);
    const { labelIds } = streetMapping(CAMVID_11.map((label) => label.name));
    const truth = { width, height, data: Uint8Array.from(data, (id) => labelIds[id] ?? 0) };
    await write(`${root}/gtFine/val/ulm/${name}_gtFine_labelIds.png`, encodeLabelPng(truth));
    await copy(STREET_PHOTO, `${root}/leftImg8bit/val/ulm/${name}_leftImg8bit.png`);
    await test(root);
  });
}
