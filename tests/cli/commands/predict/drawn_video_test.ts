/** Videos with their results drawn on them: sound, times, sides, and runs that leave out what is done. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertFit } from "../../report/page_checks.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { ffmpeg, json, probe, run, streams, testVideo, times } from "./films.ts";

testVideo("a drawn video keeps the sound, as it is or as AAC, and the times of its frames", async (cwd) => {
  const tone = ["-f", "lavfi", "-i", "sine=duration=0.4"];
  await ffmpeg(cwd, "-i", "film.mp4", ...tone, "-c:v", "copy", "loud.mp4");
  const uneven = ["-vf", "select='not(between(n,3,6))'", "-fps_mode", "vfr"];
  await ffmpeg(cwd, "-i", "film.mp4", ...tone, ...uneven, "-c:a", "pcm_s16le", "uneven.mov");
  await run(cwd, "detect", "loud.mp4", "uneven.mov", "film.mp4", "-o", "out", "--save", "boxes");
  const loud = await streams(join(cwd, "out/loud.boxes.mp4"));
  assert.deepEqual(loud.codecs, ["video=h264", "audio=aac"]);
  assert.ok(Math.abs(loud.seconds - 0.4) < 0.05, `${loud.seconds}`);
  assert.deepEqual((await streams(join(cwd, "out/uneven.boxes.mp4"))).codecs, ["video=h264", "audio=aac"]);
  assert.deepEqual(await times(join(cwd, "out/uneven.boxes.mp4")), [0, 40, 80, 280, 320, 360]);
  assert.deepEqual((await streams(join(cwd, "out/film.boxes.mp4"))).codecs, ["video=h264"]);
  await run(cwd, "detect", "loud.mp4", "-o", "some", "--save", "boxes", "--every", "5");
  assert.deepEqual(await times(join(cwd, "some/loud.boxes.mp4")), [0, 200]);
});

testVideo(
  "odd sides, pixels that are not square, covers and turns of telephones are seen as they are",
  async (cwd) => {
    const odd = ["-vf", "format=yuv444p,crop=201:151,setsar=4/3", "odd.mkv"];
    await ffmpeg(cwd, "-i", "film.mp4", ...odd);
    const cover = [
      "-i",
      STREET_PHOTO,
      "-map",
      "1:v",
      "-map",
      "0:v",
      "-c:v:0",
      "png",
      "-disposition:v:0",
      "attached_pic",
    ];
    await ffmpeg(cwd, "-i", "film.mp4", ...cover, "-c:v:1", "copy", "cover.mp4");
    const names = ["odd.mkv", "cover.mp4"];
    for (const degrees of ["180", "270"]) {
      const turn = ["-c", "copy", "-metadata:s:v", `rotate=${degrees}`, `turned${degrees}.mov`];
      await ffmpeg(cwd, "-i", "film.mp4", ...turn);
      names.push(`turned${degrees}.mov`);
    }
    const flags = ["--every", "9", "--jsonl", "-o", "out", "--save", "overlay"];
    const { lines } = await run(cwd, "segment", ...names, ...flags);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ frame, width, height }) => [frame, width, height]),
      [[201, 151], [240, 180], [240, 180], [180, 240]].flatMap((size) => [[0, ...size], [9, ...size]]),
    );
    const { width, height } = await probe(join(cwd, "out/odd.overlay.mp4"));
    assert.deepEqual([width, height], ["202", "152"]);
    const aspect = ["-v", "error", "-show_entries", "stream=sample_aspect_ratio", "-of", "csv=p=0"];
    const { stdout } = await new Deno.Command("ffprobe", {
      args: [...aspect, join(cwd, "out/odd.overlay.mp4")],
    })
      .output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "4:3");
  },
);

testVideo("--skip-existing leaves out a video that was done to its end, and no other", async (cwd) => {
  await Deno.copyFile(STREET_PHOTO, join(cwd, "photo.png"));
  await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "other.mp4"));
  const args = ["segment", "film.mp4", "--every", "4", "-o", "out", "--save", "overlay,ids"];
  await run(cwd, ...args);
  const record = await json(join(cwd, "out/film.video.json"));
  assert.deepEqual(record, {
    ...{ video: "film.mp4", width: 240, height: 180, rate: 6.25, every: 4 },
    ...{ files: ["overlay", "ids"], frames: [0, 4, 8], seconds: [0, 0.16, 0.32] },
  });
  const again = await run(cwd, ...args, "other.mp4", "photo.png", "--skip-existing");
  assert.deepEqual(again.lines.map((line) => line.split(":")[0]), [
    ...["other.mp4 frame 0", "other.mp4 frame 4", "other.mp4 frame 8", "photo.png"],
  ]);
  assert.match(again.stderr, /1 skipped/);
  // Other frames, other files, a lost file and a video that failed are no such video.
  const redone = async (...flags: string[]) =>
    (await run(cwd, "segment", "film.mp4", "-o", "out", "--skip-existing", ...flags)).lines.join("\n");
  assert.match(await redone("--every", "5", "--save", "overlay,ids"), /frame 5/);
  assert.match(await redone("--every", "5", "--save", "color"), /frame 5/);
  assert.equal(await redone("--every", "5", "--save", "overlay,ids,color"), "");
  await Deno.remove(join(cwd, "out/film.overlay.mp4"));
  assert.match(await redone("--every", "5", "--save", "overlay,ids"), /frame 5/);
  await Deno.writeTextFile(join(cwd, "out/film.video.json"), "[]");
  assert.match(await redone("--every", "5", "--save", "overlay,ids"), /frame 5/);
});

testVideo("--report of videos shows frames, classes over time and where all comes from", async (cwd) => {
  await Deno.copyFile(STREET_PHOTO, join(cwd, "photo.png"));
  const args = ["run", "film.mp4", "photo.png", "--report", "page.html"];
  const { stderr } = await run(cwd, ...args, "--report-images", "4");
  assert.match(stderr, /11 images done/);
  const page = await Deno.readTextFile(join(cwd, "page.html"));
  const names = [...page.matchAll(/data-name="([^"]*)"/g)].map(([, name]) => name);
  assert.deepEqual(names, ["film.mp4 frame 0", "film.mp4 frame 4", "film.mp4 frame 8"]);
  assert.match(page, /<h2>Images and frames, 3 of 11<\/h2>/);
  assert.match(page, /<h2>Over time<\/h2>[\s\S]*<h3>film\.mp4<\/h3>/);
  assert.match(page, /Objects in a frame, the mean of each 0\.1 s/);
  assert.match(page, /<dt>read by<\/dt>\s*<dd>ffmpeg \S+<\/dd>/);
  assert.match(
    page,
    /<dd>film\.mp4, 240×180, 0\.4 s, 25 frames\/s, 10 frames of it seen, SHA-256 [0-9a-f]{64}<\/dd>/,
  );
  assert.match(page, /<dt>images<\/dt>\s*<dd>1 file, SHA-256/);
  await assertFit({ "a run over a video": join(cwd, "page.html") });
  const alone = [
    "segment",
    "film.mp4",
    "--every",
    "3",
    "--report",
    "page.html",
    "--report-order",
    "uncertain",
  ];
  assert.match((await run(cwd, ...alone)).stderr, /4 frames done.*\n.* in 4 of 4 frames, /);
  const uncertain = await Deno.readTextFile(join(cwd, "page.html"));
  assert.match(uncertain, /<title>segment: 4 frames<\/title>/);
  assert.match(uncertain, /<h2>Certainty of frames<\/h2>/);
});
