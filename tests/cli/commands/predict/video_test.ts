/** Videos through the command line. They are made here by ffmpeg; where there is none, these tests are skipped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeLabelMap } from "../../../../core/images/mod.ts";
import { readAnnotations } from "../../../../datasets/coco/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { ffmpeg, type Json, json, probe, run, testVideo } from "./films.ts";

testVideo(
  "the frames of a video give what images of them give, and an overlay is a video again",
  async (cwd) => {
    const { lines } = await run(cwd, "segment", "film.mp4", "-o", "out", "--save", "ids,overlay");
    assert.equal(lines.length, 10);
    assert.match(lines[3], /^film\.mp4 frame 3: /);
    await Deno.mkdir(join(cwd, "frames"));
    await ffmpeg(cwd, "-i", "film.mp4", "-start_number", "0", "frames/%06d.png");
    await run(cwd, "segment", "frames", "-o", "same", "--save", "ids");
    for (const number of ["000000", "000007"]) {
      const [a, b] = await Promise.all(
        ["out/film", "same"].map(async (folder) => {
          const path = join(cwd, folder, `${number}.ids.png`);
          return decodeLabelMap(await Deno.readFile(path), path);
        }),
      );
      assert.deepEqual(a, b);
    }
    const film = await probe(join(cwd, "out/film.overlay.mp4"));
    assert.deepEqual(film, {
      width: "240",
      height: "180",
      pix_fmt: "yuv420p",
      r_frame_rate: "25/1",
      nb_read_frames: "10",
    });
  },
);

testVideo("frames have their numbers and times in JSON, CSV and both COCO files", async (cwd) => {
  const save = ["--save", "json,boxes,csv,dataset,coco", "--every", "4", "--score", "0.1"];
  const { lines } = await run(cwd, "detect", "film.mp4", "-o", "out", "--jsonl", ...save);
  const records = lines.map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ file, frame, seconds }) => [file, frame, seconds]), [
    ["film.mp4", 0, 0],
    ["film.mp4", 4, 0.16],
    ["film.mp4", 8, 0.32],
  ]);
  const objects = records.map(({ objects }) => objects.length);
  assert.ok(objects.every((count) => count > 0));
  const first = await json(join(cwd, "out/film/000004.objects.json"));
  assert.deepEqual([first.file, first.frame, first.objects.length], ["film.mp4", 4, objects[1]]);
  const [titles, ...rows] = (await Deno.readTextFile(join(cwd, "out/objects.csv"))).trimEnd().split("\n");
  assert.match(titles, /^file,frame,seconds,width,/);
  assert.deepEqual(
    [0, 4, 8].map((frame) => rows.filter((row) => row.startsWith(`film.mp4,${frame},`)).length),
    objects,
  );
  const results = await json(join(cwd, "out/detections.coco.json"));
  assert.deepEqual(
    [0, 4, 8].map((id) => results.filter((result: Json) => result.image_id === id).length),
    objects,
  );
  const { images } = await json(join(cwd, "out/annotations.coco.json"));
  assert.deepEqual(images[1], {
    ...{ id: 2, file_name: "film/000004.png", width: 240, height: 180 },
    ...{ video: "film.mp4", frame: 4, seconds: 0.16 },
  });
  assert.equal(
    readAnnotations(join(cwd, "out/annotations.coco.json")).length,
    objects.reduce((a, b) => a + b),
  );
  assert.equal((await probe(join(cwd, "out/film.boxes.mp4"))).r_frame_rate, "25/4");
});

testVideo(
  "--fps takes frames by their times, also of a video whose frames do not come evenly",
  async (cwd) => {
    const uneven = ["-vf", "select='not(eq(n\\,3)+eq(n\\,4)+eq(n\\,5))'", "-fps_mode", "vfr"];
    await ffmpeg(cwd, "-i", "film.mp4", ...uneven, "uneven.mp4");
    const frames = async (...args: string[]) => {
      const { lines } = await run(cwd, "segment", ...args, "--jsonl");
      return lines.map((line) => JSON.parse(line)).map(({ frame, seconds }) => [frame, seconds]);
    };
    assert.deepEqual(await frames("film.mp4", "--fps", "10"), [[0, 0], [3, 0.12], [5, 0.2], [8, 0.32]]);
    assert.deepEqual(await frames("uneven.mp4"), [0, 1, 2, 6, 7, 8, 9].map((n, k) => [k, n * 0.04]));
    assert.deepEqual(await frames("uneven.mp4", "--fps", "12.5"), [[0, 0], [2, 0.08], [3, 0.24], [5, 0.32]]);
  },
);

testVideo("a video that is to be turned is seen upright", async (cwd) => {
  await ffmpeg(cwd, "-i", "film.mp4", "-c", "copy", "-metadata:s:v", "rotate=90", "turned.mov");
  const args = ["detect", "turned.mov", "--every", "9", "--jsonl", "-o", "out", "--save", "boxes"];
  const { lines } = await run(cwd, ...args);
  assert.deepEqual(lines.map((line) => JSON.parse(line)).map(({ width, height }) => [width, height]), [
    [180, 240],
    [180, 240],
  ]);
  const { width, height } = await probe(join(cwd, "out/turned.boxes.mp4"));
  assert.deepEqual([width, height], ["180", "240"]);
});

testVideo("videos and images go together, and what is done already is left as it is", async (cwd) => {
  await Deno.copyFile(STREET_PHOTO, join(cwd, "photo.png"));
  const args = [
    "run",
    "photo.png",
    "film.mp4",
    "photo.png",
    "-o",
    "out",
    "--save",
    "overlay",
    "--every",
    "5",
  ];
  const { stdout } = await run(cwd, ...args);
  assert.match(stdout, /^photo\.png: .*\nfilm\.mp4 frame 0: .*\nfilm\.mp4 frame 5: .*\n$/);
  assert.ok((await Deno.stat(join(cwd, "out/photo.overlay.jpg"))).size > 0);
  const again = await runCli([...args, "-m", "street"], { cwd });
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /2 inputs were left out because their results already exist.*; --overwrite replaces such files, --skip-existing keeps them$/m,
  );
  await run(cwd, ...args, "--overwrite");
});

testVideo("--videos takes the videos of folders, where they are passed over with a note", async (cwd) => {
  await Deno.mkdir(join(cwd, "phone"));
  await Deno.copyFile(STREET_PHOTO, join(cwd, "phone/photo.png"));
  await Deno.rename(join(cwd, "film.mp4"), join(cwd, "phone/film.mp4"));
  const without = await run(cwd, "detect", "phone");
  assert.equal(without.lines.length, 1);
  assert.match(without.stderr, /passed over 1 video in folders; --videos takes them/);
  const args = ["detect", "phone", "--videos", "--every", "9"];
  const { lines } = await run(cwd, ...args, "-o", "phone/out", "--save", "boxes");
  assert.deepEqual(lines.map((line) => line.split(":")[0]), [
    ...["phone/film.mp4 frame 0", "phone/film.mp4 frame 9", "phone/photo.png"],
  ]);
  // What was drawn is not taken for a video to read, in another folder either.
  assert.equal((await run(cwd, ...args, "-o", "elsewhere")).lines.length, 3);
});

testVideo(
  "objects that CVAT follows through a video are compared with those found in its frames",
  async (cwd) => {
    const { lines } = await run(cwd, "detect", "film.mp4", "-o", "found", "--save", "yolo,json", "--jsonl");
    const records = lines.map((line) => JSON.parse(line));
    const tracks = records.flatMap(({ frame, objects }) =>
      objects.map(({ class: label, box: [xtl, ytl, xbr, ybr] }: Json) =>
        `<track label="${label}"><box frame="${frame}" keyframe="1" outside="0" xtl="${xtl}" ytl="${ytl}" ` +
        `xbr="${xbr}" ybr="${ybr}"/><box frame="${frame + 1}" keyframe="1" outside="1"/></track>`
      )
    );
    const task =
      "<task><stop_frame>9</stop_frame><original_size><width>240</width><height>180</height></original_size>" +
      "<source>film.mp4</source></task>";
    const xml = `<annotations><meta>${task}</meta>${tracks.join("")}</annotations>`;
    await Deno.writeTextFile(join(cwd, "tracks.xml"), xml);
    const evaluate = ["eval", "coco", "--annotations", "tracks.xml", "--json"];
    const { code, stdout, stderr } = await runCli([...evaluate, "--detections", "found"], { cwd });
    assert.equal(code, 0, stderr);
    const { metrics, images } = JSON.parse(stdout);
    assert.deepEqual([images, metrics.AP], [10, 1]);
    // A model may look at the frames as images, which ffmpeg numbers as bneck does.
    await Deno.mkdir(join(cwd, "film"));
    await ffmpeg(cwd, "-i", "film.mp4", "-start_number", "0", "film/%06d.png");
    const again = await runCli([...evaluate, "--images", ".", "-m", "street"], { cwd });
    assert.equal(again.code, 0, again.stderr);
    assert.ok(JSON.parse(again.stdout).metrics.AP > 0.9, again.stdout);
  },
);

testVideo(
  "no input is replaced by a drawn video, and no frame shares its files with an image",
  async (cwd) => {
    await Deno.mkdir(join(cwd, "films/film"), { recursive: true });
    await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "films/film.mp4"));
    await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "films/film.overlay.mp4"));
    await Deno.copyFile(STREET_PHOTO, join(cwd, "films/film/000003.png"));
    const both = [
      "films/film.mp4",
      "films/film.overlay.mp4",
      "-o",
      "films",
      "--save",
      "overlay",
      "--overwrite",
    ];
    const replaced = await runCli(["segment", ...both, "-m", "street"], { cwd });
    assert.equal(replaced.code, 2, replaced.stderr);
    assert.match(replaced.stderr, /films\/film\.overlay\.mp4/);
    const shared = await runCli(["segment", "films", "--videos", "-o", "out", "-m", "street"], { cwd });
    assert.equal(shared.code, 2, shared.stderr);
    assert.match(shared.stderr, /films\/film\/000003\.png is called as a frame of films\/film\.mp4 is/);
  },
);
