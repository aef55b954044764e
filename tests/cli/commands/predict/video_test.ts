/** Videos through the command line. They are made here by ffmpeg; where there is none, these tests are skipped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeLabelMap } from "../../../../core/images/mod.ts";
import { readAnnotations } from "../../../../datasets/coco/mod.ts";
import { assertFit } from "../../report/page_checks.ts";
import { runCli, spawnCli, taskPermissions } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

const FFMPEG = await hasFfmpeg();

async function hasFfmpeg(): Promise<boolean> {
  try {
    return (await new Deno.Command("ffmpeg", { args: ["-version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

async function ffmpeg(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-y", "-nostdin", ...args],
    cwd,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A film of a street, 10 frames of 240 × 180 in 0.4 s, that moves to the right. */
const FILM = [
  ...[
    "-loop",
    "1",
    "-i",
    STREET_PHOTO,
    "-vf",
    "scale=320:-2,crop=240:180:n*4:20",
    "-r",
    "25",
    "-frames:v",
    "10",
  ],
  ...["-pix_fmt", "yuv420p", "film.mp4"],
];

function testVideo(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: FFMPEG ? name : `${name} (skipped: there is no ffmpeg)`,
    ignore: !FFMPEG,
    async fn() {
      const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-video-" }));
      try {
        await ffmpeg(folder, ...FILM);
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function run(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, "-m", "street"], { cwd });
  assert.equal(code, 0, stderr);
  return { stdout, stderr, lines: stdout.trimEnd().split("\n") };
}

// deno-lint-ignore no-explicit-any
type Json = any;

async function json(path: string): Promise<Json> {
  return JSON.parse(await Deno.readTextFile(path));
}

async function probe(path: string): Promise<Record<string, string>> {
  const args = [
    "-v",
    "error",
    "-count_frames",
    "-show_entries",
    "stream=nb_read_frames,width,height,r_frame_rate,pix_fmt",
  ];
  const { stdout } = await new Deno.Command("ffprobe", { args: [...args, "-of", "default=nw=1", path] })
    .output();
  return Object.fromEntries(
    new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split("=")),
  );
}

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

testVideo("flags that do not go with videos, or without them, are refused", async (cwd) => {
  await Deno.copyFile(STREET_PHOTO, join(cwd, "photo.png"));
  await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "other.mp4"));
  await Deno.mkdir(join(cwd, "films"));
  await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "films/a.mp4"));
  for (
    const [args, message] of [
      [["segment", "photo.png", "--every", "2"], /--every chooses frames of videos, and no input is a video/],
      [["segment", "photo.png", "--fps", "2"], /--fps chooses frames of videos/],
      [["segment", "film.mp4", "--every", "2", "--fps", "2"], /--every.*--fps|--fps.*--every/],
      [["segment", "film.mp4", "--fps", "0"], /frames a second from 0\.001 to 1000/],
      [["segment", "film.mp4", "-o", "o", "--legend", "strip"], /would change the height of a video/],
      [
        ["segment", "films", "-o", "o"],
        /no images in films .*; 1 other file \(take the video with --videos\)$/m,
      ],
      [["segment", "film.mp4", "-o", "o", "--save", "coco"], /is not for videos; --save dataset is/],
      [["detect", "film.mp4", "other.mp4", "-o", "o", "--save", "coco"], /takes one video/],
    ] as const
  ) {
    const { code, stderr } = await runCli([...args, "-m", "street"], { cwd });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

testVideo("damaged and hostile videos are errors, and ffmpeg opens nothing that they name", async (cwd) => {
  const write = (name: string, content: string | Uint8Array) =>
    Deno.writeFile(
      join(cwd, name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  const film = await Deno.readFile(join(cwd, "film.mp4"));
  await ffmpeg(cwd, "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "film.mkv");
  const mkv = await Deno.readFile(join(cwd, "film.mkv"));
  await ffmpeg(cwd, "-f", "lavfi", "-i", "sine=duration=0.2", "sound.mp4");
  await write("secret.txt", "secret");
  await write("empty.mp4", "");
  await write("cut.mp4", film.subarray(0, film.length / 2));
  await write("noise.avi", crypto.getRandomValues(new Uint8Array(50_000)));
  await write("playlist.mp4", `#EXTM3U\n#EXTINF:1,\nfile://${cwd}/film.mp4\n#EXT-X-ENDLIST\n`);
  await write("address.mp4", "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");
  await write("concat.mp4", "ffconcat version 1.0\nfile film.mp4\n");
  await write("drawing.mp4", `<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.txt"/></svg>`);
  await write("photo.mp4", await Deno.readFile(STREET_PHOTO));
  await write("ends.mkv", mkv.subarray(0, Math.floor(mkv.length * 0.8)));
  const names =
    "empty.mp4 cut.mp4 noise.avi playlist.mp4 address.mp4 concat.mp4 drawing.mp4 photo.mp4 sound.mp4".split(
      " ",
    );
  const { code, stdout, stderr } = await runCli([
    "detect",
    ...names,
    "film.mp4",
    "--every",
    "9",
    "-m",
    "street",
  ], { cwd });
  assert.equal(code, 1);
  assert.deepEqual(stdout.trimEnd().split("\n").map((line) => line.split(":")[0]), [
    "film.mp4 frame 0",
    "film.mp4 frame 9",
  ]);
  for (const name of names) {
    assert.match(stderr, new RegExp(`error: cannot read ${name.replace(".", "\\.")}: `));
  }
  assert.match(stderr, /sound\.mp4: it has no moving images/);
  const ends = await runCli(["detect", "ends.mkv", "-m", "street"], { cwd });
  assert.equal(ends.code, 1);
  assert.match(
    ends.stderr,
    /cannot read all of ends\.mkv: the file ends too early; \d+ frames of it were read/,
  );
  assert.equal((await runCli(["detect", "ends.mkv", "--truncated", "-m", "street"], { cwd })).code, 0);
  assert.equal(
    (await runCli(["detect", "ends.mkv", "-o", "o", "--save", "boxes", "-m", "street"], { cwd })).code,
    1,
  );
  assert.deepEqual([...Deno.readDirSync(join(cwd, "o"))].map(({ name }) => name).sort(), [
    "classes.json",
    "ends.boxes.mp4.partial",
  ]);
  const large = await runCli(["detect", "film.mp4", "--max-pixels", "1000", "-m", "street"], { cwd });
  assert.match(
    large.stderr,
    /film\.mp4: .*43200 pixels, more than the limit of 1000 \(raise it with --max-pixels\)/,
  );
});

testVideo("names that ffmpeg would take for options, patterns or addresses are names", async (cwd) => {
  for (const name of ["-i.mp4", "a:b|c %03d.mp4", "concat:x.mp4"]) {
    await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, name));
    const { lines } = await run(
      cwd,
      "detect",
      `./${name}`,
      "--every",
      "9",
      "-o",
      `out %d:${name}`,
      "--save",
      "boxes",
    );
    assert.equal(lines.length, 2);
    const out = [...Deno.readDirSync(join(cwd, `out %d:${name}`))].map((entry) => entry.name);
    assert.ok(out.includes(`${name.slice(0, -4)}.boxes.mp4`), out.join());
  }
});

testVideo("Ctrl-C ends a video where it is: what was done is kept and can be played", async (cwd) => {
  const long = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=320x240:rate=25:duration=120",
    ...["-f", "lavfi", "-i", "sine=duration=120"],
    "-pix_fmt",
    "yuv420p",
    "long.mp4",
  ];
  await ffmpeg(cwd, ...long);
  const child = spawnCli(["segment", "long.mp4", "-o", "out", "--save", "overlay", "-m", "street"], { cwd });
  await child.stdin.close();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGINT");
  while (!(await reader.read()).done);
  const stderr = await new Response(child.stderr).text();
  assert.equal((await child.status).code, 130, stderr);
  assert.match(
    stderr,
    /1 of 1 input are left; the same command with --skip-existing continues with them; a video that /,
  );
  assert.match(stderr, /long\.overlay\.mp4\.partial holds only the \d+ frames? that were done/);
  const partial = join(cwd, "out/long.overlay.mp4.partial");
  const shown = await times(partial);
  const { codecs, seconds } = await streams(partial);
  assert.deepEqual(codecs, ["video=h264", "audio=aac"]);
  assert.ok(Math.abs(seconds - shown.length / 25) < 0.1, `${shown.length} frames in ${seconds} s`);
  assert.deepEqual([...Deno.readDirSync(join(cwd, "out"))].map(({ name }) => name).sort(), [
    "classes.json",
    "long.overlay.mp4.partial",
  ]);
});

testVideo("where Deno may not start ffmpeg, or there is none, the error says what to do", async (cwd) => {
  const permissions = taskPermissions().map((word) =>
    word.startsWith("--allow-run=") ? "--allow-run=/usr/bin/lscpu" : word
  );
  const { code, stderr } = await runCli(["detect", "film.mp4", "-m", "street"], { cwd, permissions });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /film\.mp4: videos need ffmpeg, and there is none in .*Install it .*"deno task install"/,
  );
});

testVideo("flags of bneck.json that do not go with videos are passed over", async (folder) => {
  const flags = { every: 5, legend: "strip", opacity: 0.4 };
  await Deno.writeTextFile(join(folder, "bneck.json"), JSON.stringify({ flags }));
  await run(folder, "segment", "film.mp4", "-o", "out", "--save", "overlay,color");
  assert.equal((await probe(join(folder, "out/film.overlay.mp4"))).height, "180");
  const { code, stderr } = await runCli(["segment", "film.mp4", "-o", "out", "-m", "street"], {
    cwd: folder,
  });
  assert.equal(code, 1);
  assert.match(stderr, /film\.overlay\.mp4 already exists; --overwrite replaces/);
});

/** The streams of a video as `codec_type=codec_name`, and how long it is. */
async function streams(path: string): Promise<{ codecs: string[]; seconds: number }> {
  const args = [
    "-v",
    "error",
    "-show_entries",
    "stream=codec_type,codec_name:format=duration",
    "-of",
    "json",
  ];
  const { stdout } = await new Deno.Command("ffprobe", { args: [...args, path] }).output();
  const { streams, format } = JSON.parse(new TextDecoder().decode(stdout));
  const codecs = streams.map(({ codec_type: type, codec_name: name }: Json) => `${type}=${name}`);
  return { codecs, seconds: Number(format.duration) };
}

/** When the frames of a video are shown, in milliseconds. */
async function times(path: string): Promise<number[]> {
  const args = ["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0"];
  const { stdout } = await new Deno.Command("ffprobe", { args: [...args, path] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").map(Number.parseFloat)
    .filter((time) => !Number.isNaN(time)).map((time) => Math.round(time * 1000));
}

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

testVideo("a video that is damaged is read with a warning", async (cwd) => {
  const test = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=4"];
  await ffmpeg(cwd, ...test, "-c:v", "mpeg4", "short.avi");
  await ffmpeg(cwd, ...test, "-pix_fmt", "yuv420p", "hurt.mp4");
  const avi = await Deno.readFile(join(cwd, "short.avi"));
  await Deno.writeFile(join(cwd, "short.avi"), avi.subarray(0, avi.length / 2));
  const mp4 = await Deno.readFile(join(cwd, "hurt.mp4"));
  for (let i = 0; i < 4000; i++) mp4[mp4.length / 2 + i | 0] = i * 7;
  await Deno.writeFile(join(cwd, "hurt.mp4"), mp4);
  const { stderr } = await run(cwd, "detect", "short.avi", "hurt.mp4", "film.mp4", "--every", "20");
  assert.match(stderr, /warning: short\.avi: it is damaged/);
  assert.match(stderr, /warning: hurt\.mp4: it is damaged: some of its frames are distorted or missing/);
  assert.doesNotMatch(stderr, /warning: film\.mp4/);
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
