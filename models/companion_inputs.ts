/** What graphs of others take beside an image: its size, the scale at which it is, or a mask of what is not padding. */
import type { Extent } from "../core/graph/mod.ts";
import { isJsonObject } from "../core/files/mod.ts";
import type { OnnxValueInfo } from "../core/onnx/mod.ts";
import type { NamedTensor } from "../core/session/mod.ts";
import { parseChoice } from "../heads/mod.ts";
import { isSide } from "./input_size.ts";

/** What such an input holds, by which boxes are in pixels of the network's input: its size, or ones. */
export const COMPANION_KINDS = ["height-width", "width-height", "ones", "mask"] as const;

/** The element types that such an input may have. */
export const COMPANION_TYPES = ["float32", "int64", "int32"] as const;

/** An input beside the image. Plain data. */
export interface CompanionInput {
  readonly name: string;
  readonly elementType: typeof COMPANION_TYPES[number];
  readonly holds: typeof COMPANION_KINDS[number];
  /** The size of a mask, where it is fixed; otherwise it is that of the image. */
  readonly size?: Extent;
}

/** The sides of masks; no exporter fixes larger ones. */
const MAX_MASK_SIDE = 4096;

/** The names that exporters give such inputs, and what they hold. */
const KNOWN: readonly (readonly [RegExp, CompanionInput["holds"]])[] = [
  // RT-DETR, D-FINE, DEIM.
  [/^(orig_)?target_sizes?$/, "width-height"],
  // PaddleDetection; YOLOv3 of Keras.
  [/^(im|image)_shape$/, "height-width"],
  [/^scale_factor$/, "ones"],
  // DETR of Hugging Face.
  [/^pixel_mask$/, "mask"],
];

/** The companion that an input is by its name, type and shape; `undefined` for others. */
export function companionOf({ name, elementType, shape }: OnnxValueInfo): CompanionInput | undefined {
  const holds = KNOWN.find(([pattern]) => pattern.test(name))?.[1];
  const type = COMPANION_TYPES.find((type) => type === elementType);
  if (holds === undefined || type === undefined) return undefined;
  const rank = holds === "mask" ? 3 : 2;
  const mayBe = (axis: number, size: number) => typeof shape?.[axis] !== "number" || shape[axis] === size;
  if (shape !== undefined && (shape.length !== rank || !mayBe(0, 1))) return undefined;
  if (holds !== "mask") return mayBe(1, 2) ? { name, elementType: type, holds } : undefined;
  const [, height, width] = shape ?? [];
  const isFixed = isMaskSide(height) && isMaskSide(width);
  if (!isFixed && (typeof height === "number" || typeof width === "number")) return undefined;
  return { name, elementType: type, holds, ...(isFixed ? { size: [height, width] as const } : {}) };
}

/** The value of such an input for an image that the network sees at `height` × `width`. */
export function companionTensor(
  { elementType, holds, size }: CompanionInput,
  [height, width]: Extent,
): NamedTensor {
  const shape = holds === "mask" ? [1, ...size ?? [height, width]] : [1, 2];
  const length = shape.reduce((product, side) => product * side, 1);
  const data = elementType === "int64"
    ? new BigInt64Array(length).fill(1n)
    : new (elementType === "int32" ? Int32Array : Float32Array)(length).fill(1);
  if (holds === "height-width" || holds === "width-height") {
    const sides = holds === "height-width" ? [height, width] : [width, height];
    sides.forEach((side, at) => data[at] = data instanceof BigInt64Array ? BigInt(side) : side);
  }
  return { shape, data };
}

/** Reads companions from JSON that may be anything; a file of before has none. */
export function parseCompanions(
  json: unknown,
  parseName: (value: unknown) => string,
  fail: (what: string) => never,
): readonly CompanionInput[] {
  if (!Array.isArray(json) || json.length > KNOWN.length) return fail("companions must be a short list");
  return json.map((item) => {
    if (!isJsonObject(item)) return fail("a companion is not an object");
    const { size } = item;
    const isSize = Array.isArray(size) && size.length === 2 && size.every(isMaskSide);
    if (size !== undefined && !isSize) return fail("the size of a companion must be two sides");
    return {
      name: parseName(item.name),
      elementType: parseChoice("elementType", item.elementType, COMPANION_TYPES, fail),
      holds: parseChoice("holds", item.holds, COMPANION_KINDS, fail),
      ...(isSize ? { size: [size[0], size[1]] as const } : {}),
    };
  });
}

function isMaskSide(value: unknown): value is number {
  return isSide(value) && value <= MAX_MASK_SIDE;
}
