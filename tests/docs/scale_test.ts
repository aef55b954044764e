/** What `docs/scale.md` says of its scripts, and what merges their results. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/shared.ts";
import { SCALE, sh, WINDOWS } from "./scale/support.ts";
import { inFolder } from "../support/folders.ts";

Deno.test(
  "no results at all are merged to an empty list",
  { ignore: WINDOWS },
  () =>
    inFolder(async (cwd) => {
      for (const part of ["a", "b"]) await Deno.writeTextFile(join(cwd, part), "[]\n");
      const { code, stdout } = await sh([`${SCALE}/merge_coco.sh`, "a", "b"], { cwd });
      assert.deepEqual([code, stdout], [0, "[]\n"]);
    }),
);

Deno.test("docs/scale.md names every file of docs/scale, and no other", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/scale.md`);
  const named = new Set([...text.matchAll(/docs\/scale\/([\w.]+)/g)].map((match) => match[1]));
  assert.deepEqual([...named].sort(), [...Deno.readDirSync(SCALE)].map(({ name }) => name).sort());
});
