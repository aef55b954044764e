/** Videos through the command line. They are made here by ffmpeg; where there is none, these tests are skipped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeLabelMap } from "../../../../core/images/mod.ts";
import { readAnnotations } from "../../../../datasets/coco/mod.ts";
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
    /2 inputs were left out because their results already exist.*; --overwrite replaces such files$/m,
  );
  await run(cwd, ...args, "--overwrite");
});

testVideo("flags that do not go with videos, or without them, are refused", async (cwd) => {
  await Deno.copyFile(STREET_PHOTO, join(cwd, "photo.png"));
  await Deno.copyFile(join(cwd, "film.mp4"), join(cwd, "other.mp4"));
  for (
    const [args, message] of [
      [["segment", "photo.png", "--every", "2"], /--every chooses frames of videos, and no input is a video/],
      [["segment", "photo.png", "--fps", "2"], /--fps chooses frames of videos/],
      [["segment", "film.mp4", "--every", "2", "--fps", "2"], /--every.*--fps|--fps.*--every/],
      [["segment", "film.mp4", "--fps", "0"], /frames a second from 0\.001 to 1000/],
      [["segment", "film.mp4", "-o", "o", "--legend", "strip"], /would change the height of a video/],
      [["segment", "film.mp4", "-o", "o", "--skip-existing"], /cannot tell whether a video was done/],
      [["segment", "film.mp4", "--report", "r.html"], /--report shows images/],
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
  assert.match(stderr, /1 of 1 input are left; a video is begun again by the same command with --overwrite/);
  assert.match(stderr, /long\.overlay\.mp4\.partial holds only the \d+ frames? that were done/);
  assert.ok(Number((await probe(join(cwd, "out/long.overlay.mp4.partial"))).nb_read_frames) > 0);
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
  const flags = { skipExisting: true, legend: "strip", opacity: 0.4 };
  await Deno.writeTextFile(join(folder, "bneck.json"), JSON.stringify({ flags }));
  await run(folder, "segment", "film.mp4", "-o", "out", "--save", "overlay,color", "--every", "5");
  assert.equal((await probe(join(folder, "out/film.overlay.mp4"))).height, "180");
  const { code, stderr } = await runCli(["segment", "film.mp4", "-o", "out", "-m", "street"], {
    cwd: folder,
  });
  assert.equal(code, 1);
  assert.match(stderr, /film\.overlay\.mp4 already exists; --overwrite replaces/);
});
