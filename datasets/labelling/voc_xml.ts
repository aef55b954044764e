/**
 * Labels of Pascal VOC: an XML file for each image, as VOC has them and labelImg and many others write them.
 *
 * @module
 */
import { basename } from "node:path/posix";
import { usageError } from "../../core/errors.ts";
import { quote } from "../../core/files/mod.ts";
import { DEFAULT_MAX_PIXELS } from "../../core/images/image.ts";
import { listFiles, withoutExtension } from "../list_files.ts";
import type { LabelledBox, LabelledImage, LabelledObject, LabelledSet } from "./labelled_image.ts";
import { finishSet, refusePlace } from "./reading.ts";
import { type Fault, readXml, type XmlHandler } from "./xml_file.ts";

/** The first element of such files. */
export const VOC_ROOT = "annotation";

/**
 * Reads the labels of a folder and those below it. Boxes of VOC itself begin with pixel 1 and hold their last; those of
 * other programs are places between pixels. Objects that are `difficult` are crowds, which may be found or not.
 *
 * @throws {BneckError} A file cannot be read, or is not what these programs write.
 */
export async function readVocXml(folder: string): Promise<LabelledSet> {
  const { paths } = await listFiles(folder, ["xml"]);
  const images: LabelledImage[] = [];
  let difficult = 0;
  for (const path of paths) {
    const image = (await readXml(`${folder}/${path}`, (fault) => new VocReader(fault))).finish(folder, path);
    images.push(image);
    difficult += image.objects.filter(({ isCrowd }) => isCrowd).length;
  }
  if (images.length === 0) throw usageError(`${folder} holds no labels of Pascal VOC (*.xml)`);
  const notes = difficult === 0
    ? []
    : [`${folder}: ${difficult} difficult objects are neither missed nor found, as crowds are`];
  return finishSet(folder, images, [], notes);
}

/** What is read of an image and of an object. */
const OF_IMAGE = ["filename", "source/database", "size/width", "size/height"];
const OF_OBJECT = ["name", "difficult", "bndbox/xmin", "bndbox/ymin", "bndbox/xmax", "bndbox/ymax"];

/** Takes the elements of one file. */
class VocReader implements XmlHandler {
  /** What stands in an element, by its path: `size/width`. */
  readonly #texts = new Map<string, string>();
  #object = new Map<string, string>();
  readonly #objects: { readonly label: string; readonly corners: number[]; readonly isCrowd: boolean }[] = [];

  constructor(readonly fault: Fault) {}

  begin(name: string, _: Readonly<Record<string, string>>, above: readonly string[]): void {
    if (above.length === 0 && name !== VOC_ROOT) {
      throw this.fault(
        `begins with <${name.slice(0, 40)}> and not with <${VOC_ROOT}>, as files of Pascal VOC do`,
      );
    }
    if (above.length === 1 && name === "object") this.#object = new Map();
  }

  end(name: string, text: string, above: readonly string[]): void {
    const place = [...above.slice(1), name].join("/");
    if (place === "object") return this.#endObject();
    // Parts of an object, such as a head, have names and boxes of their own.
    const inObject = above[1] === "object" ? place.slice("object/".length) : "";
    if (OF_OBJECT.includes(inObject)) this.#object.set(inObject, text.trim());
    else if (OF_IMAGE.includes(place)) this.#texts.set(place, text.trim());
  }

  /** The image; `path` is that of the file in its folder. */
  finish(folder: string, path: string): LabelledImage {
    const [width, height] = ["width", "height"].map((side) => Number(this.#texts.get(`size/${side}`)));
    const isSize = Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0;
    if (!isSize || width * height > DEFAULT_MAX_PIXELS) {
      throw this.fault(
        `ends, and <size> has not named the size of an image: ${quote(this.#texts.get("size/width"))} × ${
          quote(this.#texts.get("size/height"))
        }`,
      );
    }
    const named = this.#texts.get("filename") ?? "";
    const isOfVoc = /^The VOC\d{4} Database$/.test(this.#texts.get("source/database") ?? "");
    const before = isOfVoc ? 1 : 0;
    const objects = this.#objects.map(({ label, corners: [x1, y1, x2, y2], isCrowd }): LabelledObject => {
      const box: LabelledBox = [x1 - before, y1 - before, x2 - x1 + before, y2 - y1 + before];
      return { label, parts: [{ kind: "box", box }], ...(isCrowd && { isCrowd }) };
    });
    const name = named === ""
      ? `${withoutExtension(basename(path))}.jpg`
      : basename(named.replaceAll("\\", "/"));
    return { name, file: path, source: `${folder}/${path}`, width, height, objects };
  }

  #endObject(): void {
    const label = this.#object.get("name") ?? "";
    if (label === "") throw this.fault("ends an <object> without a <name>");
    const fault = (reason: string) => this.fault(`ends an <object> (${quote(label)}) that ${reason}`);
    const corners = ["xmin", "ymin", "xmax", "ymax"].map((side) => {
      const text = this.#object.get(`bndbox/${side}`) ?? "";
      return text === "" ? NaN : Number(text);
    });
    refusePlace(corners, fault);
    const [x1, y1, x2, y2] = corners;
    if (x2 < x1 || y2 < y1) throw fault("ends before it begins");
    this.#objects.push({ label, corners, isCrowd: this.#object.get("difficult") === "1" });
  }
}
