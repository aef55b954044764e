/**
 * Labels of CVAT: "CVAT for images 1.1", one XML file for all images.
 *
 * @module
 */
import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain } from "saxes";
import { BneckError, inputError, usageError } from "../../core/errors.ts";
import { quote } from "../../core/files/mod.ts";
import { reasonOf } from "../../core/files/reason.ts";
import { DEFAULT_MAX_PIXELS, type ImageSize } from "../../core/images/image.ts";
import { encodeRegion } from "../coco/masks/rle.ts";
import type { LabelledImage, LabelledObject, LabelledPart, LabelledSet } from "./labelled_image.ts";
import { boxCorners } from "./labelled_image.ts";
import { finishSet, groupObjects, refusePlace } from "./reading.ts";

/** Bytes of a file. */
const MAX_BYTES = 2 ** 30;

/** Elements within elements; CVAT writes six at most. */
const MAX_DEPTH = 32;

/** Bytes of an attribute: the run lengths of the mask of a large image. */
const MAX_ATTRIBUTE = 2 ** 26;

/** Shapes without an area, and tags of whole images. */
const WITHOUT_AREA = ["points", "polyline", "tag", "cuboid", "skeleton"];

/** Corners of an ellipse. */
const ELLIPSE_CORNERS = 72;

/** An object while its image is read. */
interface CvatObject extends LabelledObject {
  readonly group?: string;
  readonly order: number;
}

/** An image while it is read. */
interface OpenImage extends ImageSize {
  readonly name: string;
  readonly objects: CvatObject[];
}

/** Part of a file that is read at a time. */
const CHUNK = 1 << 18;

/**
 * Reads a file of any size up to a gigabyte as it comes. Entities of its own are not expanded but an error, and nothing
 * that it names is opened.
 *
 * @throws {BneckError} The file cannot be read, is not valid XML, or not what CVAT writes for images.
 */
export async function readCvat(path: string): Promise<LabelledSet> {
  const reader = new CvatReader(path);
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than the limit of ${MAX_BYTES}`);
    using file = await Deno.open(path);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const chunk = new Uint8Array(CHUNK);
    for (let length = await file.read(chunk); length !== null; length = await file.read(chunk)) {
      reader.write(decoder.decode(chunk.subarray(0, length), { stream: true }));
    }
    reader.write(decoder.decode());
  } catch (error) {
    if (error instanceof BneckError) throw error;
    throw usageError(`cannot read the labels ${path}: ${reasonOf(error)}`, error);
  }
  return reader.finish();
}

/** Reads the elements one after another. */
class CvatReader {
  readonly #parser = new SaxesParser();
  readonly #images: LabelledImage[] = [];
  readonly #labels: string[] = [];
  /** The names of the elements that are open. */
  readonly #open: string[] = [];
  #image: OpenImage | undefined;
  #withoutArea = 0;
  #text = "";

  constructor(readonly path: string) {
    const parser = this.#parser;
    parser.on("error", (error) => {
      // deno-lint-ignore no-control-regex
      const reason = error.message.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, 200);
      throw inputError(`cannot read the labels ${path}: not valid XML (${reason})`);
    });
    parser.on("opentag", (tag) => this.#begin(tag));
    parser.on("closetag", () => this.#end());
    parser.on("attribute", ({ value }: SaxesAttributePlain) => {
      if (value.length > MAX_ATTRIBUTE) throw this.#fault(`has an attribute of ${value.length} characters`);
    });
    parser.on("text", (text) => {
      if (this.#open.at(-1) === "name") this.#text += text.slice(0, 1000);
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  /** @throws {BneckError} (not thrown by name) It ends too early, or holds no images. */
  finish(): LabelledSet {
    this.#parser.close();
    if (this.#images.length === 0) {
      throw usageError(
        `${this.path} holds no images of CVAT: export the task as "CVAT for images 1.1" or "COCO 1.0"`,
      );
    }
    const notes = this.#withoutArea === 0 ? [] : [
      `${this.path}: ${this.#withoutArea} shapes without an area (points, lines, cuboids, skeletons, tags) are left out`,
    ];
    return finishSet(this.path, this.#images, this.#labels, notes);
  }

  #begin({ name, attributes }: SaxesTagPlain): void {
    if (this.#open.length === 0 && name !== "annotations") {
      throw this.#fault(`begins with <${name.slice(0, 40)}> and not with <annotations>, as files of CVAT do`);
    }
    if (this.#open.length >= MAX_DEPTH) {
      throw this.#fault(`nests its elements more than ${MAX_DEPTH} deep`);
    }
    if (this.#open.length === 1 && name === "track") {
      throw this.#fault('is of a video (<track>): export the task as "CVAT for images 1.1"');
    }
    if (this.#open.length === 1 && name === "image") this.#beginImage(attributes);
    else if (this.#open.length === 2 && this.#image) this.#shape(this.#image, name, attributes);
    if (name === "name") this.#text = "";
    this.#open.push(name);
  }

  #end(): void {
    const name = this.#open.pop();
    const above = this.#open.at(-1);
    // The label of a task or a project; an attribute of a label has a name, too.
    if (name === "name" && above === "label" && this.#open.at(-2) === "labels") this.#labels.push(this.#text);
    if (name !== "image" || this.#open.length !== 1 || !this.#image) return;
    const { objects, ...image } = this.#image;
    const inOrder = objects.toSorted((a, b) => a.order - b.order);
    this.#images.push({ ...image, source: this.path, objects: groupObjects(inOrder) });
    this.#image = undefined;
  }

  #beginImage({ name, width, height }: Record<string, string>): void {
    const size = { width: Number(width), height: Number(height) };
    const isSide = (side: number) => Number.isSafeInteger(side) && side > 0;
    if (!isSide(size.width) || !isSide(size.height) || size.width * size.height > DEFAULT_MAX_PIXELS) {
      throw this.#fault(`has an image of ${quote(width)} × ${quote(height)} pixels`);
    }
    if (name === undefined || name === "") throw this.#fault("has an image without a name");
    this.#image = { name, ...size, objects: [] };
  }

  #shape(image: OpenImage, kind: string, attributes: Record<string, string>): void {
    const fault = (reason: string) => this.#fault(`has, in ${quote(image.name)}, a <${kind}> that ${reason}`);
    if (WITHOUT_AREA.includes(kind)) return void this.#withoutArea++;
    if (!["box", "polygon", "ellipse", "mask"].includes(kind)) throw fault("is unknown");
    const { label, group_id: group, z_order: order = "0" } = attributes;
    if (label === undefined || label.trim() === "") throw fault("has no label");
    const grouped = group !== undefined && group !== "" && group !== "0";
    const [depth] = numbersOf([order], fault);
    const parts = [partOf(kind, attributes, image, fault)];
    image.objects.push({ label, parts, order: depth, ...(grouped ? { group } : {}) });
  }

  #fault(reason: string): BneckError {
    return inputError(`cannot read the labels ${this.path}: line ${this.#parser.line} ${reason}`);
  }
}

function numbersOf(texts: readonly (string | undefined)[], fault: (reason: string) => Error): number[] {
  const numbers = texts.map((text) => text === undefined || text.trim() === "" ? NaN : Number(text));
  refusePlace(numbers, fault);
  return numbers;
}

function partOf(
  kind: string,
  attributes: Record<string, string>,
  image: ImageSize,
  fault: (reason: string) => Error,
): LabelledPart {
  const { xtl, ytl, xbr, ybr, points, cx, cy, rx, ry, rotation = "0" } = attributes;
  const [degrees] = numbersOf([rotation], fault);
  switch (kind) {
    case "box": {
      const [x1, y1, x2, y2] = numbersOf([xtl, ytl, xbr, ybr], fault);
      if (x2 < x1 || y2 < y1) throw fault("ends before it begins");
      const box = [x1, y1, x2 - x1, y2 - y1] as const;
      if (degrees === 0) return { kind, box };
      return { kind: "polygon", corners: turned(boxCorners(box), (x1 + x2) / 2, (y1 + y2) / 2, degrees) };
    }
    case "ellipse": {
      const [x, y, a, b] = numbersOf([cx, cy, rx, ry], fault);
      const corners = Array.from({ length: ELLIPSE_CORNERS }, (_, i) => {
        const angle = 2 * Math.PI * i / ELLIPSE_CORNERS;
        return [x + a * Math.cos(angle), y + b * Math.sin(angle)];
      }).flat();
      return { kind: "polygon", corners: turned(corners, x, y, degrees) };
    }
    case "polygon": {
      const corners = numbersOf((points ?? "").split(";").flatMap(pairOf), fault);
      if (corners.length < 6) throw fault("has fewer than three points");
      return { kind, corners };
    }
    default:
      return maskOf(attributes, image, fault);
  }
}

function pairOf(point: string): string[] {
  const pair = point.split(",");
  return pair.length === 2 ? pair : ["", ""];
}

/** Corners turned clockwise about a point, as y grows downwards. */
function turned(corners: readonly number[], x: number, y: number, degrees: number): number[] {
  if (degrees === 0) return [...corners];
  const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
  return corners.map((_, i) => {
    const [dx, dy] = [corners[i - i % 2] - x, corners[i - i % 2 + 1] - y];
    return i % 2 === 0 ? x + dx * cos - dy * sin : y + dx * sin + dy * cos;
  });
}

/** Run lengths row by row of a part of the image, beginning with zeros. */
function maskOf(
  { rle, left, top, width, height }: Record<string, string>,
  image: ImageSize,
  fault: (reason: string) => Error,
): LabelledPart {
  const [x, y, w, h] = numbersOf([left, top, width, height], fault);
  const inside = x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= image.width && y + h <= image.height;
  if (![x, y, w, h].every(Number.isInteger) || !inside) throw fault("does not lie in its image");
  const data = new Uint8Array(w * h);
  let at = 0, value = 0;
  for (const text of (rle ?? "").split(",")) {
    const run = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : NaN;
    if (!(at + run <= data.length)) throw fault("has invalid run lengths");
    data.fill(value, at, at + run);
    at += run;
    value = 1 - value;
  }
  if (at !== data.length) throw fault(`has run lengths of ${at} pixels in place of ${data.length}`);
  return { kind: "mask", mask: encodeRegion({ x, y, width: w, height: h, data }, image.height, image.width) };
}
