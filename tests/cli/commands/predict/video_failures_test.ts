/** Videos that cannot be read, flags that do not go with videos, and runs that end early. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCli, spawnCli, taskPermissions } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { ffmpeg, probe, run, streams, testVideo, times } from "./films.ts";

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
