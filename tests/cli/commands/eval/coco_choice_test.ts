/** Which images, classes and objects `bneck eval coco` scores, and by which parameters. */
import assert from "node:assert/strict";
import { runCli } from "../../../support/run_cli.ts";
import { smallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";
import { RESULTS, scores, withSet } from "./coco_runs.ts";

Deno.test("--limit, --images-subset and --classes score what they name, as pycocotools' imgIds and catIds do", () =>
  withSet(async (cwd) => {
    const { truth, results } = smallSet(24);
    /** The set without the images and categories that are left out. */
    const part = async (ids: readonly number[], categories: readonly number[]) => {
      const kept = <T extends { image_id: number; category_id: number }>(list: readonly T[]) =>
        list.filter((one) => ids.includes(one.image_id) && categories.includes(one.category_id));
      await write(
        `${cwd}/part.json`,
        JSON.stringify({
          images: truth.images.filter(({ id }) => ids.includes(id)),
          annotations: kept(truth.annotations),
          categories: truth.categories.filter(({ id }) => categories.includes(id)),
        }),
      );
      await write(`${cwd}/part-results.json`, JSON.stringify(kept(results)));
      return await scores(["coco", "--annotations", "part.json", "--detections", "part-results.json"], cwd);
    };
    const ids = truth.images.map(({ id }) => id);

    assert.deepEqual(
      await scores([...RESULTS, "--limit", "5"], cwd),
      await part(ids.slice(0, 5), [3, 10, 17]),
    );
    assert.deepEqual(await scores([...RESULTS, "--limit", "500"], cwd), await part(ids, [3, 10, 17]));

    const chosen = [ids[20], ids[3], ids[11]];
    const list = `# three\r\n${chosen[0]}\r\n\r\nsomewhere/${truth.images[3].file_name}\r\n${
      truth.images[11].file_name
    }\n`;
    await write(`${cwd}/list.txt`, list);
    const subset = [...RESULTS, "--images-subset", "list.txt"];
    assert.deepEqual(await scores(subset, cwd), await part(chosen, [3, 10, 17]));
    assert.deepEqual(await scores([...subset, "--limit", "1"], cwd), await part([ids[3]], [3, 10, 17]));

    assert.deepEqual(await scores([...RESULTS, "--classes", "cat,car"], cwd), await part(ids, [3, 17]));
    assert.match(
      await refusal([...RESULTS, "--classes", "trafic light"], cwd, 2),
      /did you mean traffic light/,
    );

    await write(`${cwd}/list.txt`, `${ids[0]}\n12345\n`);
    assert.match(
      await refusal(subset, cwd, 2),
      /list\.txt, line 2: truth\.json lists no image with the id or file name 12345/,
    );
    await write(`${cwd}/list.txt`, "\n");
    assert.match(await refusal(subset, cwd, 2), /no images to score: the list is empty/);
    assert.match(
      await refusal([...RESULTS, "--images-subset", "none.txt"], cwd, 2),
      /cannot read the list none\.txt/,
    );
  }));

Deno.test("classes of one name are told apart by their ids, and any name can be given", () =>
  withSet(async (cwd) => {
    const { truth, results } = smallSet(24);
    const named = async (...names: string[]) => {
      const categories = truth.categories.map((category, k) => ({ ...category, name: names[k] }));
      await write(`${cwd}/named.json`, JSON.stringify({ ...truth, categories }));
    };
    await write(`${cwd}/results.json`, JSON.stringify(results));
    const args = ["coco", "--annotations", "named.json", "--detections", "results.json"];
    const ids = truth.categories.map(({ id }) => id);

    await named("car", "car", "apple, red");
    const { classes } = await scores(args, cwd);
    const csv = (await evaluate([...args, "--format", "csv", "--per-class"], cwd)).stdout.split("\n");
    assert.match(csv[1], new RegExp(`^car#${ids[0]},\\d+,`));
    assert.match(csv[2], new RegExp(`^car#${ids[1]},\\d+,`));
    assert.match(csv[3], /^"apple, red",\d+,/);
    const min = (gates: string) => runCli(["eval", ...args, "--min", gates, "-q"], { cwd });
    const gates = [
      `AP.car#${ids[0]}=${classes[0].AP}`,
      `AP.car#${ids[1]}=${classes[1].AP}`,
      "AP.apple_red=0",
    ];
    assert.equal((await min(gates.join())).code, 0);
    const missed = await min(`AP.car#${ids[1]}=0.999`);
    assert.match(missed.stderr, new RegExp(`AP\\.car#${ids[1]} is 0\\.\\d+, not 0\\.999`));
    assert.match(await refusal([...args, "--min", "AP.car=0"], cwd, 2), /AP\.car: unknown name/);
    const some = await scores([...args, "--classes", `apple_red,car#${ids[1]}`], cwd);
    assert.deepEqual(some.classes.map(({ id }) => id), [ids[1], ids[2]]);
    assert.equal((await scores([...args, "--classes", "car"], cwd)).classes.length, 2);
  }));

Deno.test("own area ranges, one class for all, and ignored objects", () =>
  withSet(async (cwd) => {
    const all = await scores(RESULTS, cwd);
    const ranges = ["--area-ranges", "tiny=0..900,rest=900..", "--min", "APtiny=0"];
    const sizes = await scores([...RESULTS, ...ranges], cwd);
    assert.deepEqual(
      Object.keys(sizes.metrics),
      ["AP", "AP50", "AP75", "APtiny", "APrest", "AR1", "AR10", "AR100", "ARtiny", "ARrest"],
    );
    assert.equal(sizes.metrics.AP, all.metrics.AP);
    assert.match((await evaluate([...RESULTS, ...ranges], cwd)).stdout, /area= {2}tiny \| maxDets=100/);
    assert.match(await refusal([...RESULTS, "--area-ranges", "tiny"], cwd, 2), /expected NAME=MIN\.\.MAX/);
    assert.match(
      await refusal([...RESULTS, "--area-ranges", "50=0..9"], cwd, 2),
      /area ranges need different names/,
    );

    const agnostic = await scores([...RESULTS, "--class-agnostic"], cwd);
    assert.deepEqual(agnostic.classes.map(({ name }) => name), ["all categories"]);
    assert.ok(agnostic.metrics.AR100! > all.metrics.AR100!);

    const { truth } = smallSet(24);
    const annotations = truth.annotations.map((one) => ({ ...one, ignore: 1 }));
    await write(`${cwd}/ignored.json`, JSON.stringify({ ...truth, annotations }));
    const ignored = ["coco", "--annotations", "ignored.json", "--detections", "results.json"];
    assert.deepEqual((await scores(ignored, cwd)).metrics, all.metrics);
    const honored = await scores([...ignored, "--honor-ignore"], cwd);
    assert.deepEqual([honored.metrics.AP, honored.objects], [null, 0]);
    const report = [...ignored, "--honor-ignore", "--report", "report.html", "-q"];
    assert.equal((await runCli(["eval", ...report], { cwd })).code, 0);
    const compare = [
      "coco",
      "--annotations",
      "ignored.json",
      "--compare",
      "results.json",
      "results.json",
      "--json",
    ];
    const compared = JSON.parse((await evaluate([...compare, "--honor-ignore"], cwd)).stdout);
    assert.equal(compared.metrics.AP.first, null);
  }));

Deno.test("--max-dets and --iou-thresholds change the numbers as pycocotools' parameters do", () =>
  withSet(async (cwd) => {
    const all = await scores(RESULTS, cwd);
    const some = await scores([...RESULTS, "--iou-thresholds", "0.75,0.5", "--max-dets", "100,2"], cwd);
    assert.deepEqual(some.byIou.map(({ iou }) => iou), [0.5, 0.75]);
    assert.equal(some.metrics.AP50, all.metrics.AP50);
    assert.equal(some.metrics.AP75, all.metrics.AP75);
    const limits = [...RESULTS, "--max-dets", "1,10,300"];
    const compat = await evaluate([...limits, "--pycocotools-compat"], cwd);
    assert.match(compat.stdout, /area= {3}all \| maxDets=100 \] = -1\.000/);
    assert.match(compat.stderr, /the limits of detections are 1, 10, 300: AP is -1, as in pycocotools/);
    // No image has so many detections that the limit matters.
    const odd = await scores(limits, cwd);
    const { AR100, ...others } = all.metrics;
    assert.deepEqual(odd.metrics, { ...others, AR300: AR100 });
    const csv = await evaluate([...limits, "--format", "csv", "--min", "AP=0.01,AR300=0.01"], cwd);
    assert.match(csv.stdout, /^AP,0\.\d+\n(.*\n)+AR300,0\./m);
    assert.match(csv.stderr, /1, 10, 300: AP is at 300 detections of a class in an image/);
    assert.match((await evaluate([...limits, "--format", "markdown"], cwd)).stdout, /\| AR300 \|/);
    assert.match((await evaluate([...limits, "--per-class"], cwd)).stdout, /^class .* AR300 /m);
    assert.match(await refusal([...RESULTS, "--max-dets", "0"], cwd, 2), /whole number of at least 1/);
    assert.match(await refusal([...RESULTS, "--iou-thresholds", "1.5"], cwd, 2), /a number from 0 to 1/);
  }));

Deno.test("annotations of id 0 count, with a warning; --pycocotools-compat takes them for missed", () =>
  inFolder(async (cwd) => {
    const box = [10, 10, 50, 50];
    const truth = {
      images: [{ id: 1 }],
      annotations: [{ id: 0, image_id: 1, category_id: 1, bbox: box, area: 2500, iscrowd: 0 }],
      categories: [{ id: 1, name: "cat" }],
    };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await write(
      `${cwd}/results.json`,
      JSON.stringify([{ image_id: 1, category_id: 1, bbox: box, score: 1 }]),
    );
    const plain = await evaluate(RESULTS, cwd);
    assert.match(plain.stdout, /= 1\.000\n/);
    assert.match(plain.stderr, /1 annotation has the id 0, which pycocotools counts as never found/);
    const compat = await evaluate([...RESULTS, "--pycocotools-compat"], cwd);
    assert.doesNotMatch(compat.stdout, /= 1\.000/);
  }));
