/** What a report shows of videos: what they are, and each class over their time. */
import type { Color } from "../../../core/images/mod.ts";
import { dataDigest } from "../../../core/files/digests.ts";
import { ffmpegVersion } from "../../../core/video/ffmpeg.ts";
import type { VideoSource } from "../../../core/video/video_log.ts";
import type { ImageRecord } from "../../../models/pipeline/describe.ts";
import { ClassTimeline } from "../../../models/pipeline/class_timeline.ts";
import { formatClock, formatPercent, plural } from "../../console/format.ts";
import {
  type Content,
  type DataSource,
  type Fact,
  html,
  type Section,
  type TimeRow,
  timeRows,
} from "../../report/mod.ts";

/** Videos whose classes are shown over time, and classes of each. */
const MAX_VIDEOS = 50, MAX_ROWS = 8;

/** A class of pixels that says only that there is no other. */
const BACKGROUND = "background";

/** The colours of the classes, as far as they have any. */
export type ClassColors = ReadonlyMap<string, Color | undefined>;

/** A video as far as it was seen. */
interface SeenVideo {
  readonly timeline: ClassTimeline;
  readonly size: string;
  source?: VideoSource;
}

/** Collects what is found in the frames of videos; memory grows with the number of videos. */
export class VideoGallery {
  /** Frames of all of them. */
  frames = 0;
  readonly #videos = new Map<string, SeenVideo>();

  /** A frame that is done. */
  add({ file, width, height, seconds = 0, objects = [], classes = [], top = [] }: ImageRecord): void {
    this.frames++;
    let video = this.#videos.get(file);
    if (video === undefined) {
      video = { timeline: new ClassTimeline(), size: `${width}×${height}` };
      this.#videos.set(file, video);
    }
    const amounts = new Map<string, number>();
    const count = (name: string, amount: number) => amounts.set(name, (amounts.get(name) ?? 0) + amount);
    for (const { class: name } of objects) count(OBJECTS + name, 1);
    for (const { name, share } of classes) if (name !== BACKGROUND) count(PIXELS + name, share);
    if (top.length > 0) count(BEST + top[0].class, 1);
    video.timeline.add(seconds, amounts);
  }

  /** A video was read to its end. */
  end(path: string, source: VideoSource): void {
    const video = this.#videos.get(path);
    if (video) video.source = source;
  }

  /** Each class over time. */
  sections(objects: ClassColors, pixels: ClassColors): Section[] {
    const shown = [...this.#videos].slice(0, MAX_VIDEOS);
    if (shown.length === 0) return [];
    const body = shown.map(([path, { timeline }]) =>
      html`
        <div class="tile"><h3>${path}</h3>
        ${chart(timeline, OBJECTS, "objects in a frame", objects)}
        ${chart(timeline, PIXELS, "share of the pixels", pixels)}
        ${chart(timeline, BEST, "share of the frames", new Map())}
        </div>
      `
    );
    const more = this.#videos.size - shown.length;
    const note = more > 0 ? `Of the first ${MAX_VIDEOS} videos; there are ${more} more.` : undefined;
    return [{ title: "Over time", note, body: html`${body}` }];
  }

  /** The videos as data, and ffmpeg's version. */
  async provenance(): Promise<{ readonly data: DataSource[]; readonly facts: Fact[] }> {
    if (this.#videos.size === 0) return { data: [], facts: [] };
    const data: DataSource[] = [];
    for (const [path, { timeline, size, source }] of this.#videos) {
      const rate = source && `${Number(source.rate.toFixed(3))} frames/s`;
      const length = source?.duration === undefined ? undefined : `${source.duration.toFixed(1)} s`;
      const note = [size, length, rate, `${plural(timeline.frames, "frame")} of it seen`]
        .filter((part) => part !== undefined).join(", ");
      data.push({ what: "video", path, digest: await dataDigest(path).catch(() => undefined), note });
    }
    return { data, facts: [["read by", `ffmpeg ${await ffmpegVersion() ?? "of an unknown version"}`]] };
  }
}

/** Before names, as objects and pixels may have the same. */
const OBJECTS = "o", PIXELS = "p", BEST = "b";

function chart(timeline: ClassTimeline, kind: string, what: string, colors: ClassColors): Content {
  const classes = timeline.classes.filter(({ name }) => name[0] === kind);
  if (classes.length === 0) return null;
  const counted = kind === OBJECTS;
  const rows = classes.slice(0, MAX_ROWS).map(({ name, means }): TimeRow => {
    const max = means.reduce((max, mean) => mean > max ? mean : max, 0);
    return {
      label: name.slice(1),
      color: colors.get(name.slice(1)),
      values: means.map((mean) => mean / max),
      text: counted ? `up to ${Number(max.toFixed(1))}` : `up to ${formatPercent(max)}`,
    };
  });
  const others = classes.length - rows.length;
  const interval = Number(timeline.interval.toPrecision(4));
  const title = `${what}, the mean of each ${interval} s`;
  return html`
    <p>${title[0].toUpperCase()}${title.slice(1)}${others > 0
      ? `; ${plural(others, "class", "classes")} more`
      : ""}</p>
    ${timeRows(rows, { title, ticks: ticksOf(timeline) })}
  `;
}

/** The beginning, the middle and the end of the intervals. */
function ticksOf({ interval, seconds }: ClassTimeline): string[] {
  const end = (Math.floor(seconds / interval) + 1) * interval;
  const format = (time: number) => end < 10 ? `${Number(time.toFixed(1))} s` : formatClock(time);
  return [0, end / 2, end].map(format);
}
