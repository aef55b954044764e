import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { decodeImage } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { testIf } from "../../../support/shared.ts";
import { CHROMIUM, openPage } from "../../report/browser.ts";
import { inFolder } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

const MODEL = ["-m", "street"];

function withPhotos(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    for (const name of ["a.png", "b.png", "c&d.png"]) {
      await Deno.copyFile(STREET_PHOTO, join(folder, "photos", name));
    }
    await Deno.writeTextFile(join(folder, "photos/bad.jpg"), "not an image");
    await body(folder);
  });
}

/** Every thumbnail, decoded. */
async function thumbnails(page: string) {
  const found = page.matchAll(/<img src="data:image\/jpeg;base64,([^"]+)"/g);
  return await Promise.all(
    [...found].map(([, text]) => decodeImage(Uint8Array.fromBase64(text), "thumbnail")),
  );
}

Deno.test("run --report shows images, counts, scores, failures and where they come from", () =>
  withPhotos(async (cwd) => {
    const { code, stderr } = await runCli(["run", "photos", "--report", "pages/run.html", ...MODEL], { cwd });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /15 car in 3 of 3 images, 15 person in 3, 12 traffic light in 3\n/);
    assert.match(stderr, /road 35\.3 % in 3 of 3 images, /);
    const page = await Deno.readTextFile(join(cwd, "pages/run.html"));
    const images = await thumbnails(page);
    assert.deepEqual(images.map(({ width, height }) => [width, height]), Array(3).fill([320, 240]));
    assert.match(page, /<td class="">photos\/bad\.jpg<\/td><td class="[^"]*">not an image/);
    assert.match(page, /data-name="photos\/c&amp;d\.png"/);
    assert.match(page, /<option value="person">person \(3\)<\/option>/);
    assert.match(page, /person<\/td><td class="right">15<\/td><td class="right">3<\/td>/);
    assert.match(page, /<dt>made<\/dt>\s*<dd>20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC<\/dd>/);
    assert.match(page, /<dd>bneck run photos --report pages\/run\.html -m street<\/dd>/);
    assert.match(page, /SHA-256 of its ONNX form [0-9a-f]{64}/);
    const digest = createHash("sha256").update(await Deno.readFile(STREET_PHOTO)).digest("hex");
    const list = ["a.png", "b.png", "c&d.png"].map((name) => `${digest}  photos/${name}\n`).join("");
    assert.ok(page.includes(`3 files, SHA-256 ${createHash("sha256").update(list).digest("hex")}`));
    assert.doesNotMatch(page, /(?:src|href)="(?!data:)/);
  }));

Deno.test("a report shows as many images as it may, spread over the run or the uncertain ones first", () =>
  withPhotos(async (cwd) => {
    const flags = ["--report", "page.html", "--report-images", "1", ...MODEL];
    await runCli(["segment", "photos", ...flags], { cwd });
    const spread = await Deno.readTextFile(join(cwd, "page.html"));
    assert.equal((await thumbnails(spread)).length, 1);
    assert.match(spread, /Images, 1 of 3/);
    await runCli(["segment", "photos", ...flags, "--report-order", "uncertain"], { cwd });
    const uncertain = await Deno.readTextFile(join(cwd, "page.html"));
    assert.equal((await thumbnails(uncertain)).length, 1);
    assert.match(uncertain, /the least sure first/);
    await runCli(["detect", "photos", "--report", "none.html", "--report-images", "0", ...MODEL], { cwd });
    const none = await Deno.readTextFile(join(cwd, "none.html"));
    assert.equal((await thumbnails(none)).length, 0);
    assert.match(none, /Scores of objects/);
  }));

Deno.test("a run that stops early says how many images are left and how to go on", () =>
  withPhotos(async (cwd) => {
    await Deno.rename(join(cwd, "photos/bad.jpg"), join(cwd, "photos/0.jpg"));
    const stopping = ["segment", "photos", "--fail-fast", "-j1", ...MODEL];
    const { stderr } = await runCli([...stopping, "-o", "out", "--report", "page.html"], { cwd });
    const left = stderr.match(
      /stopped: (\d) of 4 images are left; the same command with --skip-existing continues/,
    );
    assert.ok(left, stderr);
    const page = await Deno.readTextFile(join(cwd, "page.html"));
    assert.match(page, new RegExp(`The run was stopped: ${left[1]} images? of 4 are not in it`));
    const { stderr: unsaved } = await runCli(stopping, { cwd });
    assert.match(unsaved, /are left; nothing was saved that a later run could continue from/);
  }));

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "Chromium shows the gallery and its filters without complaint or request",
  () =>
    withPhotos(async (cwd) => {
      await runCli(["run", "photos", "--report", "page.html", ...MODEL], { cwd });
      for (const width of [500, 1400]) {
        const { console, requests } = await openPage(join(cwd, "page.html"), width, 1600);
        assert.deepEqual(console, []);
        assert.deepEqual(requests, []);
      }
    }),
);
