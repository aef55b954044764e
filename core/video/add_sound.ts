/**
 * The sound of one video for another.
 *
 * @module
 */
import { BneckError } from "../errors.ts";
import { FORMATS, reasonInLog, startFfmpeg } from "./ffmpeg.ts";
import type { VideoOrigin } from "./write_video.ts";

/** Codecs that an MP4 may hold as they are; others are encoded again, as AAC. */
const KEPT = ["aac", "mp3", "ac3", "eac3", "alac", "opus"];

/** What ffmpeg calls a codec that it does not know. */
const UNKNOWN = "none";

/**
 * Copies the frames of an MP4 beside the sound of the video that they were made of.
 *
 * @param silent the MP4, whose first frame is that of the origin
 * @param end where the sound is cut off, in seconds; by default it is whole
 * @returns why there is no sound; `undefined` if all went well
 */
export async function addSound(
  silent: string,
  { path, sound, start }: VideoOrigin,
  end: number | undefined,
  out: string,
): Promise<string | undefined> {
  const tracks = [...sound.entries()].filter(([, codec]) => codec !== UNKNOWN);
  if (tracks.length === 0) return "its codec is unknown to ffmpeg";
  const args = [
    ...["-loglevel", "error", "-itsoffset", String(start), "-i", `file:${silent}`],
    ...["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i", `file:${path}`],
    ...["-map", "0:v:0", ...tracks.flatMap(([track]) => ["-map", `1:a:${track}`]), "-c:v", "copy"],
    ...tracks.flatMap(([, codec], k) => [`-c:a:${k}`, KEPT.includes(codec) ? "copy" : "aac"]),
    ...["-map_metadata", "-1", "-map_chapters", "-1"],
    ...end === undefined ? [] : ["-t", String(end + start)],
    ...["-movflags", "+faststart", "-f", "mp4", "-y", `file:${out}`],
  ];
  try {
    const { process } = startFfmpeg(args, { stdin: "null", stdout: "null" }, path);
    const [log, { success }] = await Promise.all([new Response(process.stderr).text(), process.status]);
    return success ? undefined : reasonInLog(log, path);
  } catch (error) {
    if (error instanceof BneckError) return error.message;
    throw error;
  }
}
