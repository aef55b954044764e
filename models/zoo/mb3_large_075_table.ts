/** The embedded networks as tables of blocks and heads. */
import { mobileNetV3Stack } from "../../core/backbones/mod.ts";
import type { Task } from "../network.ts";
import type { HeadTable, NetworkTable } from "../networks/network_table.ts";
import { CENTER_NET, EMBEDDED_BACKBONE, MB3_LARGE_075, MB3_LARGE_075_STREET } from "./mb3_large_075.ts";
import { decoderOptions, DECODERS, TAIL_FROM } from "./mb3_large_075_decoders.ts";

/** The network of an embedded model for some of its tasks; `undefined` for other models. */
export function embeddedTable(model: string, tasks: readonly Task[]): NetworkTable | undefined {
  const detects = tasks.includes("detect");
  const decoders = {
    [MB3_LARGE_075.name]: DECODERS.everyday,
    [MB3_LARGE_075_STREET.name]: detects ? DECODERS["street-shared"] : DECODERS.street,
  };
  const decoder = decoders[model];
  if (!decoder) return undefined;
  const { stem, blocks, style } = mobileNetV3Stack(EMBEDDED_BACKBONE);
  const heads: HeadTable[] = detects ? [{ kind: "center-net", ...CENTER_NET }] : [];
  if (tasks.includes("segment")) {
    const { outputStride, ownTail } = decoder;
    const options = decoderOptions(decoder, detects ? decoder.besideDetector : decoder.alone);
    const tail = { from: TAIL_FROM, blocks: blocks.slice(TAIL_FROM - 1) };
    heads.push({ kind: "lr-aspp", ...options, outputStride, ...(ownTail ? { tail } : {}) });
  }
  return {
    name: model,
    summary: "MobileNetV3-Large 0.75 as TF-slim has it, with the embedded model's heads",
    size: [384, 512],
    backbone: { stem, blocks, style },
    heads,
  };
}
