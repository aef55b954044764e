/** Flags of `bneck.json` that a run has no use for. */
import assert from "node:assert/strict";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

/** Runs commands in a folder with a photo and these flags for all commands. */
async function withFlags(
  flags: Readonly<Record<string, unknown>>,
  body: (run: (...args: string[]) => ReturnType<typeof runCli>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-configured-" }));
  try {
    await Deno.copyFile(STREET_PHOTO, `${folder}/street.png`);
    await Deno.writeTextFile(
      `${folder}/bneck.json`,
      JSON.stringify({ flags: { ...flags, model: "street" } }),
    );
    await body((...args) => runCli([args[0], "street.png", "-q", ...args.slice(1)], { cwd: folder }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("flags of bneck.json that a run cannot use are passed over", async () => {
  const flags = {
    ...{ opacity: 0.7, score: 0.9, yoloScores: false, tta: "flip", masks: "polygons", regions: "classes" },
    ...{ annotations: "./none.json", save: ["ids", "boxes"], skipExisting: true, show: true, every: 2 },
  };
  await withFlags(flags, async (run) => {
    for (const args of [["run", "--heads", "detect"], ["run", "--heads", "segment"], ["run"]]) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^street\.png: /);
    }
    const { code, stderr } = await run("run", "--heads", "detect", "--opacity", "0.6");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--opacity is for segment, which --heads detect does not run/,
      "given, it is refused",
    );
  });
});

Deno.test("of the files that bneck.json saves those are saved that the heads can leave", async () => {
  await withFlags({ save: ["ids", "boxes"] }, async (run, folder) => {
    const names = (out: string) => [...Deno.readDirSync(`${folder}/${out}`)].map(({ name }) => name).sort();
    assert.equal((await run("run", "--heads", "detect", "-o", "a")).code, 0);
    assert.deepEqual(names("a"), ["classes.json", "street.boxes.jpg"]);
    assert.equal((await run("run", "-o", "b")).code, 0);
    assert.deepEqual(names("b"), ["classes.json", "street.boxes.jpg", "street.ids.png"]);
    const { code, stderr } = await run("run", "--heads", "detect", "-o", "c", "--save", "ids");
    assert.equal(code, 2);
    assert.match(stderr, /--save ids needs the segment head, which is not run/);
  });
});

Deno.test("an error about a flag of bneck.json says that the file gives it", async () => {
  await withFlags({ classes: "dragon" }, async (run, folder) => {
    const { code, stderr } = await run("segment");
    assert.equal(code, 2);
    assert.ok(
      stderr.includes("dragon") && stderr.includes(` (${folder}/bneck.json gives --classes)`),
      stderr,
    );
  });
});
