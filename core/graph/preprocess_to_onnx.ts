/** Preprocessing as ONNX nodes: resizing, cropping and normalising the raw image. */
import type { OnnxAttribute } from "../onnx/model.ts";
import type { Extent, Layer, PreprocessOperator } from "./graph.ts";
import { float, int, ints, type OnnxNodes, string } from "./onnx_nodes.ts";

/** Element types in ONNX's numbering (`TensorProto.DataType`), for Cast. */
const FLOAT32 = 1, INT64 = 7;

/**
 * Adds the nodes of a preprocessing layer and returns the name of its tensor, `[N, 3, h, w]`.
 *
 * @param inputs the names of the image tensor, `[N, H, W, 3]`, and of the size tensor, `[2]`, if the image is resized
 */
export function addPreprocess(
  nodes: OnnxNodes,
  layer: Layer,
  { resize, crop, mean, std }: PreprocessOperator,
  [image, size]: readonly string[],
): string {
  const { name } = layer;
  const plain = mean.every((value) => value === 0) && std.every((value) => value === 1);
  const last = plain ? name : `${name}.float`;
  const planar = nodes.add(layer, "Transpose", [image], `${name}.planar`, { perm: ints([0, 3, 1, 2]) });
  if (resize === "bilinear") {
    // PyTorch resizes floats, so nothing is rounded.
    const pixels = nodes.add(layer, "Cast", [planar], `${name}.unsized`, { to: int(FLOAT32) });
    const resized = addResize(nodes, layer, pixels, size, crop ? `${name}.resized` : last, {
      mode: string("linear"),
    });
    if (crop) addCenterCrop(nodes, layer, resized, size, crop, last);
  } else {
    let pixels = planar;
    if (resize !== "none") {
      pixels = addResize(nodes, layer, pixels, size, `${name}.resized`, {
        antialias: int(1),
        exclude_outside: int(1),
        ...(resize === "antialias" ? { mode: string("linear") } : {
          mode: string("cubic"),
          cubic_coeff_a: float(-0.5),
        }),
      });
    }
    if (crop) pixels = addCenterCrop(nodes, layer, pixels, size, crop, `${name}.cropped`);
    nodes.add(layer, "Cast", [pixels], last, { to: int(FLOAT32) });
  }
  if (plain) return last;
  const shape = [1, 3, 1, 1];
  const offset = nodes.floats(`${name}.mean`, mean, shape);
  const factor = nodes.floats(`${name}.reciprocal_std`, std.map((value) => 1 / value), shape);
  const centred = nodes.add(layer, "Sub", [last, offset], `${name}.centred`);
  return nodes.add(layer, "Mul", [centred, factor], name);
}

function addResize(
  nodes: OnnxNodes,
  layer: Layer,
  pixels: string,
  size: string,
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  const fullSize = nodes.addFullSize(layer, pixels, size);
  return nodes.add(layer, "Resize", [pixels, "", "", fullSize], output, {
    coordinate_transformation_mode: string("half_pixel"),
    ...attributes,
  });
}

/** Half of an odd border is rounded to even, as Python and ONNX's Round do. */
function addCenterCrop(
  nodes: OnnxNodes,
  layer: Layer,
  pixels: string,
  size: string,
  crop: Extent,
  output: string,
): string {
  const { name } = layer;
  const extent = nodes.integers(`${name}.crop`, crop);
  const border = nodes.add(layer, "Sub", [size, extent], `${name}.border`);
  const cells = nodes.add(layer, "Cast", [border], `${name}.border.float`, { to: int(FLOAT32) });
  const half = nodes.add(layer, "Mul", [cells, nodes.scalar(`${name}.half`, 0.5)], `${name}.border.half`);
  const rounded = nodes.add(layer, "Round", [half], `${name}.border.rounded`);
  const start = nodes.add(layer, "Cast", [rounded], `${name}.crop.start`, { to: int(INT64) });
  const end = nodes.add(layer, "Add", [start, extent], `${name}.crop.end`);
  const axes = nodes.integers(`${name}.crop.axes`, [2, 3]);
  return nodes.add(layer, "Slice", [pixels, start, end, axes], output);
}
