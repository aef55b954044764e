/** Runs of `bneck eval coco` on the small set, and what they print. */
import { writeSmallSet } from "./coco_set.ts";
import { evaluate } from "./support.ts";
import { inFolder } from "../../../support/folders.ts";

export const COCO = ["coco", "--annotations", "truth.json"];

export const RESULTS = [...COCO, "--detections", "results.json"];

/** What `--json` prints. */
export interface Scores {
  readonly model: string | null;
  readonly images: number;
  readonly objects: number;
  readonly detections: number;
  readonly metrics: Record<string, number | null>;
  readonly byIou: { iou: number; AP: number | null }[];
  readonly classes:
    ({ id: number; name: string; objects: number; AP: number | null; bestScore: number | null })[];
}

/** Runs an evaluation and reads its JSON. */
export async function scores(args: readonly string[], cwd: string): Promise<Scores> {
  return JSON.parse((await evaluate([...args, "--json"], cwd)).stdout);
}

/** Runs `test` in a folder with the small set. */
export function withSet(test: (cwd: string) => Promise<void>, images?: number): Promise<void> {
  return inFolder(async (cwd) => {
    await writeSmallSet(cwd, images);
    await test(cwd);
  });
}
