/** Films that ffmpeg makes here, and what is read of those that the command line writes. */
import assert from "node:assert/strict";
import { runCli } from "../../../support/run_cli.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

export const FFMPEG = await hasFfmpeg();

async function hasFfmpeg(): Promise<boolean> {
  try {
    return (await new Deno.Command("ffmpeg", { args: ["-version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

export async function ffmpeg(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-y", "-nostdin", ...args],
    cwd,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A film of a street, 10 frames of 240 × 180 in 0.4 s, that moves to the right. */
export const FILM = [
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

export function testVideo(name: string, body: (folder: string) => Promise<void>): void {
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

export async function run(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, "-m", "street"], { cwd });
  assert.equal(code, 0, stderr);
  return { stdout, stderr, lines: stdout.trimEnd().split("\n") };
}

// deno-lint-ignore no-explicit-any
export type Json = any;

export async function json(path: string): Promise<Json> {
  return JSON.parse(await Deno.readTextFile(path));
}

export async function probe(path: string): Promise<Record<string, string>> {
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

/** The streams of a video as `codec_type=codec_name`, and how long it is. */
export async function streams(path: string): Promise<{ codecs: string[]; seconds: number }> {
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
export async function times(path: string): Promise<number[]> {
  const args = ["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0"];
  const { stdout } = await new Deno.Command("ffprobe", { args: [...args, path] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").map(Number.parseFloat)
    .filter((time) => !Number.isNaN(time)).map((time) => Math.round(time * 1000));
}
