import type { ResizeOperator } from "./graph.ts";

/**
 * Linear interpolation along one axis as a matrix `[outputs, inputs]`: every row holds the shares of the one or two
 * inputs that an output lies between. ONNX's `Resize` in the mode `linear`, edges clamped.
 *
 * @param scale outputs per input, where it is not their ratio.
 */
export function interpolationMatrix(
  inputs: number,
  outputs: number,
  coordinates: ResizeOperator["coordinates"] = "half_pixel",
  scale = outputs / inputs,
): Float32Array {
  const matrix = new Float32Array(outputs * inputs);
  for (let output = 0; output < outputs; output++) {
    const place = {
      half_pixel: (output + 0.5) / scale - 0.5,
      asymmetric: output / scale,
      align_corners: outputs === 1 ? 0 : output * (inputs - 1) / (outputs - 1),
    }[coordinates];
    const at = Math.min(inputs - 1, Math.max(0, place));
    const low = Math.floor(at);
    const share = at - low;
    matrix[output * inputs + low] += 1 - share;
    if (share > 0) matrix[output * inputs + low + 1] += share;
  }
  return matrix;
}

/** A matrix with rows and columns exchanged. */
export function transposeMatrix(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = matrix[row * columns + column];
    }
  }
  return result;
}
