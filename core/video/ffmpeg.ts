/**
 * Starting ffmpeg, which reads and writes videos.
 *
 * @module
 */
import { type BneckError, inputError } from "../errors.ts";

/** Extensions by which a file is taken for a video, in small letters. */
export const VIDEO_EXTENSIONS: readonly string[] =
  "mp4 m4v mov qt avi mkv webm mpg mpeg m2ts mts m2v vob wmv asf 3gp 3g2 flv f4v ogv".split(" ");

/** Whether a name is that of a video. */
export function isVideo(name: string): boolean {
  return VIDEO_EXTENSIONS.includes(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

/** Where it is looked for: on the PATH, and where package managers put it, which the tasks in `deno.json` permit. */
const PLACES = ["ffmpeg", "/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg", "/opt/homebrew/bin/ffmpeg"];

/** Containers that it may open: no lists of other files, no addresses. */
export const FORMATS = "mov,matroska,avi,mpeg,mpegts,mpegvideo,asf,flv,ogg";

/** What is always asked for: no questions, and no process group in common, so that Ctrl-C does not reach it. */
const QUIET = ["-hide_banner", "-nostdin"];

/** An ffmpeg that is running. */
export interface Ffmpeg {
  readonly process: Deno.ChildProcess;
  /** Stops it at once, if it has not ended. */
  kill(): void;
}

/**
 * Starts ffmpeg.
 *
 * @param path the video that it reads or writes, for errors
 * @throws {BneckError} There is none, or Deno may not start it.
 */
export function startFfmpeg(
  args: readonly string[],
  streams: Pick<Deno.CommandOptions, "stdin" | "stdout">,
  path: string,
): Ffmpeg {
  for (const place of PLACES) {
    try {
      const command = new Deno.Command(place, {
        args: [...QUIET, ...args],
        ...streams,
        stderr: "piped",
        detached: true,
      });
      const process = command.spawn();
      return { process, kill: () => kill(process) };
    } catch (error) {
      const missing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable ||
        error instanceof Deno.errors.PermissionDenied;
      if (!missing) throw inputError(`cannot start ffmpeg for ${path}: ${(error as Error).message}`, error);
    }
  }
  throw noFfmpeg(path);
}

let version: Promise<string | undefined> | undefined;

/** The version of the ffmpeg that {@linkcode startFfmpeg} starts; `undefined` where there is none, or it may not be started. */
export function ffmpegVersion(): Promise<string | undefined> {
  return version ??= askVersion();
}

async function askVersion(): Promise<string | undefined> {
  for (const place of PLACES) {
    try {
      const { success, stdout } = await new Deno.Command(place, {
        args: ["-version"],
        stdin: "null",
        stderr: "null",
      }).output();
      const text = new TextDecoder().decode(stdout.subarray(0, KEPT_LOG));
      if (success) return /^ffmpeg version ([\w.+~:-]{1,60})/.exec(text)?.[1] ?? "unknown";
    } catch {
      // Not there, or not permitted.
    }
  }
  return undefined;
}

/** The option by which frames are neither doubled nor dropped: ffmpeg 5.1 has given it another name. */
export async function eachFrameOnce(): Promise<readonly string[]> {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(await ffmpegVersion() ?? "") ?? [];
  const isOld = Number(major) < 5 || (major === "5" && minor === "0");
  return [isOld ? "-vsync" : "-fps_mode", "passthrough"];
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

function noFfmpeg(path: string): BneckError {
  return inputError(
    `cannot read ${path}: videos need ffmpeg, and there is none in ${
      PLACES.slice(1).join(", ")
    }. Install it ("apt ` +
      'install ffmpeg", "brew install ffmpeg"). If it is elsewhere on the PATH, "deno task install" permits bneck to ' +
      'start it there. Without it, folders of frames are read: "ffmpeg -i film.mp4 -start_number 0 frames/%06d.png"',
  );
}

/** Characters of ffmpeg's log that an error may need. */
const KEPT_LOG = 4000;

/**
 * The last line of ffmpeg's log that says what went wrong.
 *
 * @param path as ffmpeg names the file, which the reason need not name again
 */
export function reasonInLog(log: string, path: string): string {
  const lines = log.slice(-KEPT_LOG).split(/[\r\n]+/).map((line) => line.trim()).filter((line) =>
    line !== ""
  );
  const telling = lines.filter((line) => !/^(Conversion failed|Exiting|Last message|frame=)/.test(line));
  const last = telling.at(-1) ?? "it ended without a reason";
  // deno-lint-ignore no-control-regex
  return last.replaceAll(`file:${path}: `, "").replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").replace(
    / @ 0x[0-9a-f]+/g,
    "",
  ).slice(0, 200);
}
