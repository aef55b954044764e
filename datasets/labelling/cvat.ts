/**
 * Labels of CVAT: "CVAT for images 1.1", one XML file for all images, and "CVAT for video 1.1", whose frames are images.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import { quote } from "../../core/files/mod.ts";
import { DEFAULT_MAX_PIXELS, type ImageSize } from "../../core/images/image.ts";
import type { LabelledImage, LabelledSet } from "./labelled_image.ts";
import { AREAS, numbersOf, partOf, WITHOUT_AREA } from "./cvat_shapes.ts";
import { CvatTasks, type CvatTrack, type OrderedObject, trackedImages } from "./cvat_tracks.ts";
import { finishSet, groupObjects } from "./reading.ts";
import { type Fault, readXml, type XmlHandler } from "./xml_file.ts";

/** An image while it is read. */
interface OpenImage extends ImageSize {
  readonly name: string;
  readonly objects: OrderedObject[];
}

/**
 * Reads a file of CVAT.
 *
 * @throws {BneckError} The file cannot be read, is not valid XML, or not what CVAT writes for images or videos.
 */
export async function readCvat(path: string): Promise<LabelledSet> {
  return (await readXml(path, (fault) => new CvatReader(path, fault))).finish();
}

/** Takes the elements one after another. */
class CvatReader implements XmlHandler {
  readonly #images: LabelledImage[] = [];
  readonly #labels: string[] = [];
  readonly #tasks = new CvatTasks();
  readonly #tracks: CvatTrack[] = [];
  #image: OpenImage | undefined;
  #track: CvatTrack | undefined;
  #withoutArea = 0;

  /** @param fault makes the error of a place */
  constructor(readonly path: string, readonly fault: Fault) {}

  begin(name: string, attributes: Record<string, string>, above: readonly string[]): void {
    if (above.length === 0 && name !== "annotations") {
      throw this.fault(`begins with <${name.slice(0, 40)}> and not with <annotations>, as files of CVAT do`);
    }
    if (above.length === 1 && name === "image") this.#beginImage(attributes);
    else if (above.length === 1 && name === "track") this.#beginTrack(attributes);
    else if (above.length === 2 && this.#image) this.#shape(this.#image, name, attributes);
    else if (above.length === 2 && this.#track) this.#trackedShape(this.#track, name, attributes);
  }

  end(name: string, text: string, above: readonly string[]): void {
    const parent = above.at(-1)!;
    // The label of a task or a project; an attribute of a label has a name, too.
    if (name === "name" && parent === "label" && above.at(-2) === "labels") this.#labels.push(text);
    else if (above[1] === "meta") this.#tasks.read(name, parent, text);
    if (above.length !== 1) return;
    this.#track = undefined;
    if (!this.#image) return;
    const { objects, ...image } = this.#image;
    const inOrder = objects.toSorted((a, b) => a.order - b.order);
    this.#images.push({ ...image, source: this.path, objects: groupObjects(inOrder) });
    this.#image = undefined;
  }

  /** @throws {BneckError} It holds no images. */
  finish(): LabelledSet {
    const fault = (reason: string) => inputError(`cannot read the labels ${this.path}: it ${reason}`);
    const images = [...this.#images, ...trackedImages(this.#tasks, this.#tracks, this.path, fault)];
    if (images.length === 0) {
      throw usageError(
        `${this.path} holds no images of CVAT: export the task as "CVAT for images 1.1", "CVAT for video 1.1" or ` +
          '"COCO 1.0"',
      );
    }
    const notes = this.#withoutArea === 0 ? [] : [
      `${this.path}: ${this.#withoutArea} shapes without an area (points, lines, cuboids, skeletons, tags) are left out`,
    ];
    return finishSet(this.path, images, this.#labels, notes);
  }

  #beginImage({ name, width, height }: Record<string, string>): void {
    const size = { width: Number(width), height: Number(height) };
    const isSide = (side: number) => Number.isSafeInteger(side) && side > 0;
    if (!isSide(size.width) || !isSide(size.height) || size.width * size.height > DEFAULT_MAX_PIXELS) {
      throw this.fault(`has an image of ${quote(width)} × ${quote(height)} pixels`);
    }
    if (name === undefined || name === "") throw this.fault("has an image without a name");
    this.#image = { name, ...size, objects: [] };
  }

  #shape(image: OpenImage, kind: string, attributes: Record<string, string>): void {
    const fault = (reason: string) => this.fault(`has, in ${quote(image.name)}, a <${kind}> that ${reason}`);
    if (!this.#hasArea(kind, fault)) return;
    const { label, group_id: group, z_order: order = "0" } = attributes;
    if (label === undefined || label.trim() === "") throw fault("has no label");
    const [depth] = numbersOf([order], fault);
    const parts = [partOf(kind, attributes, image, fault)];
    image.objects.push({ label, parts, order: depth, group: groupOf(group) });
  }

  #beginTrack({ label, group_id: group, task_id: task }: Record<string, string>): void {
    if (label === undefined || label.trim() === "") throw this.fault("has a <track> without a label");
    this.#track = { label, group: groupOf(group), task, shapes: [] };
    this.#tracks.push(this.#track);
  }

  #trackedShape(track: CvatTrack, kind: string, attributes: Record<string, string>): void {
    const fault = (reason: string) => this.fault(`has, in a <track>, a <${kind}> that ${reason}`);
    // Attributes of a whole track stand among its shapes.
    if (kind === "attribute" || !this.#hasArea(kind, fault)) return;
    const { frame: text, outside, keyframe = "1", z_order: order = "0" } = attributes;
    const frame = /^\d{1,9}$/.test(text ?? "") ? Number(text) : NaN;
    if (Number.isNaN(frame)) throw fault("has no number of a frame");
    const last = track.shapes.at(-1);
    if (last !== undefined && frame <= last.frame) throw fault("is not later than the one before it");
    const [depth] = numbersOf([order], fault);
    const isOutside = outside === "1";
    const part = isOutside
      ? undefined
      : partOf(kind, attributes, this.#tasks.sizeOf(track.task, fault), fault);
    track.shapes.push({ frame, part, order: depth, isKey: keyframe !== "0" });
  }

  /** Counts shapes without one. */
  #hasArea(kind: string, fault: (reason: string) => Error): boolean {
    if (WITHOUT_AREA.includes(kind)) this.#withoutArea++;
    else if (!AREAS.includes(kind)) throw fault("is unknown");
    return AREAS.includes(kind);
  }
}

/** The number of a group; 0 stands for none. */
function groupOf(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "0" ? undefined : text;
}
