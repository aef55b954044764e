/** Segmentation networks that return classes themselves, not their logits. Decoding refuses classes that there are none of. */
import { modelError } from "../core/errors.ts";
import type { OutputKind } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";
import { parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode CLASS_MAP_OUTPUTS}. */
export interface ClassMapSpec {
  readonly kind: "class-map";
  /** The rank of the output: 3 for `[1, h, w]`, 4 for `[1, 1, h, w]`. */
  readonly rank: 3 | 4;
  readonly classes: number;
}

/** The output `labels`, `[1, h, w]` or `[1, 1, h, w]`: the class of every cell. */
export const CLASS_MAP_OUTPUTS: OutputKind<ClassMapSpec, Record<never, never>, LabelLogits> = {
  kind: "class-map",
  outputs: ({ rank }) => ({ labels: rank === 3 ? [1, "height", "width"] : [1, 1, "height", "width"] }),
  integers: ["labels"],
  classes: ({ classes }) => classes,
  parse: ({ rank, classes }, fail) => ({
    kind: "class-map",
    rank: rank === 3 || rank === 4 ? rank : fail("rank must be 3 or 4"),
    classes: parseWhole("classes", classes, 1, 256, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ labels: { data, shape } }, view) {
      const unknown = data.find((label) => !(Number.isInteger(label) && label >= 0 && label < spec.classes));
      if (unknown !== undefined) {
        throw modelError(`the network returns class ${unknown} in its map, but has ${spec.classes} classes`);
      }
      const [height, width] = shape.slice(-2);
      const grid = { shape: [1, spec.classes, height, width], data: new Float32Array(0) };
      return { ...readLabelLogits(grid, view), classMap: Uint8Array.from(data) };
    },
  }),
};
