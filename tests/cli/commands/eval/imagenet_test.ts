import assert from "node:assert/strict";
import { readState } from "../../../../cli/commands/eval/saved_state.ts";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { encodeSafetensors } from "../../../../core/weights/mod.ts";
import { fakeTensors } from "../../../models/fake_checkpoint.ts";
import { runCli } from "../../../support/run_cli.ts";
import { shared, testIf, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { CHROMIUM, openPage } from "../../report/browser.ts";
import { evaluate, refusal, restore } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

const ON_LIST = ["imagenet", "--images", "images", "--labels", "labels.csv", "--predictions", "found.jsonl"];

/** The first five of 1000 classes for each image; `b.png` is right at third place, `c.png` not at all. */
const RANKED: Record<string, number[]> = {
  "a.png": [7, 1, 2, 3, 4],
  "b.png": [8, 9, 30, 3, 4],
  "c.png": [8, 9, 1, 2, 3],
  "d.png": [40, 9, 1, 2, 3],
};

const LABELS: Record<string, number> = { "a.png": 7, "b.png": 30, "c.png": 30, "d.png": 40 };

function lines(ranked: Record<string, number[]>, offset = 0): string {
  return Object.entries(ranked).map(([file, classes]) =>
    JSON.stringify({
      file: `images/${file}`,
      top: classes.map((index, place) => ({
        id: index + offset,
        class: `class ${index}`,
        score: 0.5 / (place + 1),
      })),
    })
  ).join("\n") + "\n";
}

/** Runs `test` in a folder with four images, their classes in a CSV file, and predictions. */
function withImages(test: (cwd: string) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    const png = await encodeRgbImage(testImage(32, 24), "png");
    for (const file of Object.keys(LABELS)) await write(`${cwd}/images/${file}`, png);
    const rows = Object.entries(LABELS).map(([file, index]) => `${file},${index}`);
    await write(`${cwd}/labels.csv`, ["image,class", ...rows].join("\n"));
    await write(`${cwd}/found.jsonl`, lines(RANKED));
    await test(cwd);
  });
}

Deno.test("top-1 and top-5 follow from the ranked classes of each image", () =>
  withImages(async (cwd) => {
    const { stdout, stderr } = await evaluate(ON_LIST, cwd);
    assert.equal(stdout, "metric   score\n------  ------\ntop1    0.5000\ntop5    0.7500\n");
    assert.match(stderr, /4 images scored in /);
    const { images, top1, top5, classes, confusions } = JSON.parse(
      (await evaluate([...ON_LIST, "--json"], cwd)).stdout,
    );
    assert.deepEqual([images, top1, top5], [4, 0.5, 0.75]);
    assert.deepEqual(classes, [
      { index: 7, images: 1, top1: 1, top5: 1, name: "7" },
      { index: 30, images: 2, top1: 0, top5: 0.5, name: "30" },
      { index: 40, images: 1, top1: 1, top5: 1, name: "40" },
    ]);
    assert.deepEqual(confusions, [{
      truth: 30,
      predicted: 8,
      images: 2,
      truthName: "30",
      predictedName: "8",
    }]);
  }));

Deno.test("--per-class shows the classes and what was taken for what", () =>
  withImages(async (cwd) => {
    const { stdout } = await evaluate([...ON_LIST, "--per-class"], cwd);
    assert.match(stdout, /^class +name +images +top1 +top5\n/);
    assert.match(stdout, /\n +30 +30 +2 +0\.0000 +0\.5000\n/);
    assert.match(stdout, /\ntruth +taken for +images\n-.*\n30 +8 +2\n/);
    const csv = await evaluate([...ON_LIST, "--per-class", "--format", "csv"], cwd);
    assert.equal(csv.stdout, "class,name,images,top1,top5\n7,7,1,1,1\n30,30,2,0,0.5\n40,40,1,1,1\n");
  }));

Deno.test("scores of all classes are ranked, and --background moves indices down by one", () =>
  withImages(async (cwd) => {
    await write(`${cwd}/found.jsonl`, lines(RANKED, 1));
    const moved = await evaluate([...ON_LIST, "--background", "--format", "csv"], cwd);
    assert.equal(moved.stdout, "metric,score\ntop1,0.5\ntop5,0.75\n");

    const scores = Object.keys(LABELS).map((file) => {
      const values = new Array(1000).fill(0);
      RANKED[file].forEach((index, place) => values[index] = 10 - place);
      return JSON.stringify({ file, scores: values });
    });
    await write(`${cwd}/found.jsonl`, scores.join("\n"));
    assert.equal((await evaluate([...ON_LIST, "--format", "csv"], cwd)).stdout, moved.stdout);
  }));

Deno.test("images in a folder for each class need no labels, and a table names the classes", () =>
  withImages(async (cwd) => {
    const names = ["n1 cat", "n2 dog", "n3 fox", "n4 hen", "n5 owl", "n6 rat"];
    for (const [k, file] of Object.keys(LABELS).entries()) {
      await Deno.mkdir(`${cwd}/sorted/n${k + 1}`, { recursive: true });
      await Deno.rename(`${cwd}/images/${file}`, `${cwd}/sorted/n${k + 1}/${file}`);
    }
    await write(
      `${cwd}/found.jsonl`,
      lines({
        "a.png": [0, 1, 2, 3, 4],
        "b.png": [0, 1, 2, 3, 4],
        "c.png": [5, 1, 2, 3, 4],
        "d.png": [3, 1, 2, 0, 4],
      }),
    );
    await write(`${cwd}/table.txt`, names.join("\n"));
    const args = [
      "imagenet",
      "--images",
      "sorted",
      "--predictions",
      "found.jsonl",
      "--class-table",
      "table.txt",
    ];
    const { confusions, top1 } = JSON.parse((await evaluate([...args, "--json"], cwd)).stdout);
    assert.equal(top1, 0.5);
    assert.deepEqual(
      confusions.map(({ truthName, predictedName }: Record<string, string>) => [truthName, predictedName]),
      [
        ["dog", "cat"],
        ["fox", "rat"],
      ],
    );
  }));

Deno.test("a part of the set takes no prediction of an image elsewhere that has the same name", () =>
  withImages(async (cwd) => {
    for (const [folder, file] of [["n1", "a.png"], ["n2", "b.png"]]) {
      await Deno.mkdir(`${cwd}/sorted/${folder}`, { recursive: true });
      await Deno.rename(`${cwd}/images/${file}`, `${cwd}/sorted/${folder}/x.png`);
    }
    await write(`${cwd}/table.txt`, ["n1", "n2", "n3", "n4", "n5"].join("\n"));
    await write(
      `${cwd}/found.jsonl`,
      JSON.stringify({ file: "elsewhere/n2/x.png", top: [0, 1, 2, 3, 4] }) + "\n",
    );
    const args = ["imagenet", "--images", "sorted", "--predictions", "found.jsonl", "--class-table"];
    assert.match(
      await refusal([...args, "table.txt", "--limit", "1"], cwd, 1),
      /1 of 1 images have no prediction in found\.jsonl/,
    );
  }));

Deno.test("predictions that are missing, twice there or of another form are refused", () =>
  withImages(async (cwd) => {
    const refused = async (text: string, code: number) => {
      await write(`${cwd}/found.jsonl`, text);
      return await refusal(ON_LIST, cwd, code);
    };
    const { "b.png": _, ...others } = RANKED;
    assert.match(
      await refused(lines(others), 1),
      /1 of 4 images have no prediction in found\.jsonl, so nothing was scored:\n {2}images\/b\.png/,
    );
    assert.match(
      await refused(lines(RANKED) + lines(others), 1),
      /found\.jsonl: line 5: images\/a\.png occurs a second time/,
    );
    assert.match(await refused("{", 1), /found\.jsonl: line 1: not valid JSON/);
    assert.match(await refused(`{"top": []}`, 1), /line 1: it names no "file"/);
    assert.match(
      await refused(`{"file": "images/a.png"}`, 1),
      /line 1: it has neither "top" nor "scores"/,
    );
    assert.match(
      await refused(`{"file": "images/a.png", "error": "cut off"}`, 1),
      /a\.png was not classified \(cut off\)/,
    );
    assert.match(
      await refused(lines({ "a.png": [1, 2] }), 1),
      /line 1: .*2 ranked classes, top-5 needs five/,
    );
    assert.match(await refused(lines({ "a.png": [1, 2, 3, 4, 1000] }), 1), /line 1: there is no class 1000/);
    assert.match(
      await refused(lines({ "a.png": [1, 2, 3, 4, 4] }), 1),
      /a class of images\/a\.png occurs twice/,
    );
    assert.match(
      await refused(`{"file": "images/a.png", "top": [{"class": "cat"}]}`, 1),
      /has no "id"/,
    );
  }));

Deno.test("labels of unknown classes, missing images and a missing source are refused", () =>
  withImages(async (cwd) => {
    assert.match(
      await refusal(["imagenet", "--images", "images"], cwd, 2),
      /give --model, --weights or --predictions/,
    );
    assert.match(
      await refusal(["imagenet", "--images", "images", "-m", "mb3-large-075"], cwd, 2),
      /cannot classify; it can detect/,
    );
    await write(`${cwd}/table.txt`, "n1 cat\nn2 dog\n");
    assert.match(
      await refusal([...ON_LIST, "--class-table", "table.txt"], cwd, 2),
      /a\.png is labelled as class 7, but the 2 classes are 0 to 1/,
    );
    await write(`${cwd}/labels.csv`, "a.png,7\nz.png,3\n");
    assert.match(await refusal(ON_LIST, cwd, 1), /1 of 2 images named in labels\.csv are not in images/);
  }));

Deno.test("weights of one's own are scored as what classify prints of them", () =>
  inFolder(async (cwd) => {
    const names = ["ape", "bee", "cat", "dog", "eel", "fox"];
    for (const [k, name] of names.entries()) {
      const picture = await encodeRgbImage(testImage(40 + 30 * k, 60), "png");
      await write(`${cwd}/images/${name}/${k}.png`, picture);
    }
    await write(`${cwd}/names.txt`, names.join("\n"));
    await write(`${cwd}/w.safetensors`, encodeSafetensors(fakeTensors("mobilenet_v3_small", names.length)));
    const own = ["--weights", "w.safetensors", "--model-labels", "names.txt"];
    const run = await evaluate(["imagenet", "--images", "images", ...own, "--json"], cwd);
    assert.match(run.stderr, /6 images scored in .*network input 224×224$/m);

    const printed = await runCli(
      ["classify", "images", "--weights", "w.safetensors", "--labels", "names.txt", "--jsonl"],
      { cwd },
    );
    await write(`${cwd}/found.jsonl`, printed.stdout);
    const files = await evaluate(
      ["imagenet", "--images", "images", "--predictions", "found.jsonl", "--json"],
      cwd,
    );
    const [fromModel, fromFile] = [run, files].map(({ stdout }) => JSON.parse(stdout));
    assert.equal(fromModel.images, 6);
    assert.ok(fromModel.top5 > 0);
    assert.deepEqual([fromModel.top1, fromModel.top5], [fromFile.top1, fromFile.top5]);
  }));

Deno.test("shards are merged to the state of one run; gates end with status 4", () =>
  withImages(async (cwd) => {
    await evaluate([...ON_LIST, "-q", "--save-state", "whole.json"], cwd);
    const parts = [];
    for (const shard of ["1/2", "2/2"]) {
      await evaluate([...ON_LIST, "-q", "--shard", shard, "--save-state", "part.json"], cwd);
      const saved = await readState(`${cwd}/part.json`);
      parts.push((await restore(saved, "part.json")).metric);
    }
    parts[1].merge(parts[0]);
    assert.equal(parts[1].images, 4);
    assert.deepEqual(
      JSON.parse(JSON.stringify(parts[1])),
      (await readState(`${cwd}/whole.json`)).state,
    );
    const { code, stderr } = await runCli(["eval", ...ON_LIST, "--min", "top1=0.5,top5=0.8"], { cwd });
    assert.equal(code, 4);
    assert.match(stderr, /below --min: top5 is 0\.75, not 0\.8\n$/);
  }));

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "the report shows the worst classes and mistakes, and Chromium does not complain",
  () =>
    withImages(async (cwd) => {
      await evaluate([...ON_LIST, "--report", "report.html"], cwd);
      const text = await Deno.readTextFile(`${cwd}/report.html`);
      assert.match(text, /Top-1 accuracy by class|classes with the lowest top-1 accuracy/);
      assert.equal(text.match(/<img src="data:image\/jpeg/g)!.length, 2);
      assert.match(text, /30, taken for 8 \(0\.50\)/);
      const { console, requests } = await openPage(`${cwd}/report.html`);
      assert.deepEqual([console, requests], [[], []]);
    }),
);

testWithShared(
  "data/imagenet-mini",
  "images.json and the table of wnids are read as they are",
  () =>
    inFolder(async (cwd) => {
      const root = shared("data/imagenet-mini");
      const images: { file: string; index: number }[] = JSON.parse(
        await Deno.readTextFile(`${root}/images.json`),
      );
      const found = images.map(({ file, index }, k) => {
        const others = [1, 2, 3, 4, 5].map((step) => (index + step) % 1000);
        // A quarter right at first place, a quarter at second, half not at all.
        const ranked = k % 4 === 0
          ? [index, ...others]
          : k % 4 === 1
          ? [others[0], index, ...others.slice(1)]
          : others;
        return JSON.stringify({ file, top: ranked });
      });
      await write(`${cwd}/found.jsonl`, found.join("\n"));
      const args = [
        "imagenet",
        "--images",
        root,
        "--labels",
        `${root}/images.json`,
        "--class-table",
        `${root}/wnids.json`,
      ];
      const { stdout } = await evaluate([...args, "--predictions", "found.jsonl", "--json"], cwd);
      const { top1, top5, classes } = JSON.parse(stdout);
      assert.deepEqual([top1, top5, classes.length, classes[0].name], [0.25, 0.5, 100, "hammerhead"]);
    }),
);

Deno.test("a report or a state that would replace labels, predictions or an image is refused", () =>
  withImages(async (cwd) => {
    for (
      const [flag, path, what] of [
        ["--report", "labels.csv", "the file of --labels"],
        ["--save-state", "found.jsonl", "the file of --predictions"],
        ["--report", "images/b.png", "an image"],
      ]
    ) {
      const before = await Deno.readFile(`${cwd}/${path}`);
      const stderr = await refusal([...ON_LIST, flag, path], cwd, 2);
      assert.ok(stderr.includes(`${flag} would replace ${path}, ${what}`), stderr);
      assert.deepEqual(await Deno.readFile(`${cwd}/${path}`), before);
    }
  }));
