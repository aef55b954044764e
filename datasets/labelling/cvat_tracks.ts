/**
 * Objects of CVAT that are followed through a video: their shapes at key frames, from which those of all frames follow.
 *
 * @module
 */
import { DEFAULT_MAX_PIXELS, type ImageSize } from "../../core/images/image.ts";
import type { LabelledImage, LabelledObject, LabelledPart } from "./labelled_image.ts";
import { groupObjects } from "./reading.ts";

/** An object with its place above or below others. */
export interface OrderedObject extends LabelledObject {
  readonly group?: string;
  readonly order: number;
}

/** A shape in a frame, and in those after it up to the next. */
export interface TrackedShape {
  /** Its number in the video, from 0. */
  readonly frame: number;
  /** Absent where the object is out of sight. */
  readonly part: LabelledPart | undefined;
  readonly order: number;
  /** Whether somebody drew it; CVAT writes those between, too. */
  readonly isKey: boolean;
}

/** An object that is followed. */
export interface CvatTrack {
  readonly label: string;
  readonly group: string | undefined;
  /** The id of its task, where a file holds several. */
  readonly task: string | undefined;
  /** By ascending frames. */
  readonly shapes: TrackedShape[];
}

/** What a file says of a task, or of a job of one. */
interface CvatTask {
  id?: string;
  source?: string;
  width?: number;
  height?: number;
  start?: number;
  stop?: number;
  step?: number;
}

/** Frames of a file, and numbers of the objects in all of them. */
const MAX_FRAMES = 1_000_000, MAX_NUMBERS = 50_000_000;

/** The tasks of a file, as they are read. */
export class CvatTasks {
  readonly #tasks: CvatTask[] = [];
  #open: CvatTask | undefined;

  /**
   * Something that is said.
   *
   * @param name of the element
   * @param above that of the one around it
   */
  read(name: string, above: string, text: string): void {
    if (name === "task" || name === "job") this.#open = undefined;
    const isTask = above === "task" || above === "job";
    if (!isTask && above !== "original_size") return;
    if (this.#open === undefined) this.#tasks.push(this.#open = {});
    const task = this.#open;
    const number = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
    if (name === "id") task.id = text.trim();
    else if (name === "source") task.source = text.trim();
    else if (name === "width") task.width = number;
    else if (name === "height") task.height = number;
    else if (name === "start_frame") task.start = number;
    else if (name === "stop_frame") task.stop = number;
    else if (name === "frame_filter") task.step = Number(/^\s*step\s*=\s*(\d{1,6})\s*$/.exec(text)?.[1] ?? 1);
  }

  /** The task of a track; the error of one that is not there is made by `fault`. */
  find(id: string | undefined, fault: (reason: string) => Error): CvatTask {
    const task = this.#tasks.find((task) => task.id === id && id !== undefined) ?? this.#tasks[0];
    if (task === undefined || (this.#tasks.length > 1 && task.id !== id)) {
      throw fault(
        `is of the task ${id?.slice(0, 20) ?? "without an id"}, of which nothing is said in <meta>`,
      );
    }
    return task;
  }

  /** The size of the frames of a task; the error of one that has none is made by `fault`. */
  sizeOf(id: string | undefined, fault: (reason: string) => Error): ImageSize {
    const { width = 0, height = 0 } = this.find(id, fault);
    if (width * height === 0 || width * height > DEFAULT_MAX_PIXELS) {
      throw fault("is of a task without a size of frames (<original_size> in <meta>)");
    }
    return { width, height };
  }
}

/**
 * The frames of tasks as images, called as bneck calls those of a video: `film/000012.png`. Between key frames boxes, and
 * polygons of as many corners, move evenly; all else stays as it was until the next.
 *
 * @param source the file
 * @param fault makes the error of one that is damaged
 */
export function trackedImages(
  tasks: CvatTasks,
  tracks: readonly CvatTrack[],
  source: string,
  fault: (reason: string) => Error,
): LabelledImage[] {
  const images: LabelledImage[] = [];
  const budget = { numbers: MAX_NUMBERS, frames: MAX_FRAMES };
  for (const [task, those] of Map.groupBy(tracks, ({ task }) => tasks.find(task, fault))) {
    if (those.every(({ shapes }) => shapes.length === 0)) continue;
    const size = tasks.sizeOf(task.id, fault);
    const { start = 0, step = 1, stop = lastFrame(those) } = task;
    budget.frames -= Math.floor((stop - start) / Math.max(1, step)) + 1;
    if (!(step >= 1) || budget.frames < 0) throw fault(`has more than ${MAX_FRAMES} frames`);
    const frames = new Map<number, OrderedObject[]>();
    for (let frame = start; frame <= stop; frame += step) frames.set(frame, []);
    for (const track of those) addTrack(track, { start, stop, step }, frames, budget, fault);
    const folder = task.source?.replace(/^.*[\\/]/, "").replace(/\.[^.]+$/, "");
    for (const [frame, objects] of frames) {
      const name = `${folder ? `${folder}/` : ""}${String(frame).padStart(6, "0")}.png`;
      const inOrder = objects.sort((a, b) => a.order - b.order);
      images.push({ name, source, ...size, objects: groupObjects(inOrder) });
    }
  }
  return images;
}

/** The last frame in which anything is seen. */
function lastFrame(tracks: readonly CvatTrack[]): number {
  return tracks.reduce(
    (last, { shapes }) => Math.max(last, shapes.findLast(({ part }) => part !== undefined)?.frame ?? 0),
    0,
  );
}

function addTrack(
  { label, group, shapes }: CvatTrack,
  { start, stop, step }: { readonly start: number; readonly stop: number; readonly step: number },
  frames: ReadonlyMap<number, OrderedObject[]>,
  budget: { numbers: number },
  fault: (reason: string) => Error,
): void {
  for (const [k, shape] of shapes.entries()) {
    const { frame, part, order, isKey } = shape;
    if (part === undefined) continue;
    const next = shapes[k + 1];
    // Where CVAT wrote the frames between, too, the last of them ends the object.
    const end = next?.frame ?? (isKey ? stop + 1 : frame + 1);
    const first = Math.max(start, start + Math.ceil((frame - start) / step) * step);
    for (let at = first; at < end; at += step) {
      budget.numbers -= part.kind === "polygon" ? part.corners.length : 4;
      if (budget.numbers < 0) throw fault("has more objects in its frames than can be read at a time");
      const share = next === undefined ? 0 : (at - frame) / (next.frame - frame);
      frames.get(at)?.push({ label, group, order, parts: [between(part, next?.part, share)] });
    }
  }
}

/** A part on its way to another. */
function between(from: LabelledPart, to: LabelledPart | undefined, share: number): LabelledPart {
  if (share === 0 || to === undefined) return from;
  const mix = (a: readonly number[], b: readonly number[]) =>
    a.map((value, i) => value + share * (b[i] - value));
  if (from.kind === "box" && to.kind === "box") {
    const [x, y, width, height] = mix(from.box, to.box);
    return { kind: "box", box: [x, y, width, height] };
  }
  const isAlike = from.kind === "polygon" && to.kind === "polygon" &&
    from.corners.length === to.corners.length;
  return isAlike ? { kind: "polygon", corners: mix(from.corners, to.corners) } : from;
}
