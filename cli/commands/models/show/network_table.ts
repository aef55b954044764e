/** A network's table as the papers print theirs. */
import type { StackBlock } from "../../../../core/backbones/mod.ts";
import type { HeadTable, NetworkTable } from "../../../../models/networks/network_table.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import type { Colors } from "../../../console/colors.ts";

/** A block with its place. */
type BlockRow = StackBlock & { readonly place: string };

const COLUMNS: readonly Column<BlockRow>[] = [
  { title: "block", value: ({ place }) => place, align: "right" },
  { title: "kernel", value: ({ kernel }) => kernel },
  { title: "expanded", value: ({ expanded }) => expanded },
  { title: "out", value: ({ channels }) => channels },
  { title: "squeeze", value: ({ squeeze }) => squeeze, align: "right" },
  { title: "nonlinearity", value: ({ activation }) => activation },
  { title: "stride", value: ({ stride }) => stride },
];

/** The blocks of a network, with what comes before and after them. */
export function networkTableText({ backbone, heads }: NetworkTable, colors: Colors): string {
  const { stem, blocks, head } = backbone;
  const rows = blocks.map((block, index): BlockRow => ({
    ...block,
    place: String(block.number ?? index + 1),
  }));
  const tails = heads.flatMap((head) =>
    head.kind === "lr-aspp" && head.tail
      ? head.tail.blocks.map((block, index): BlockRow => ({
        ...block,
        place: `segment ${head.tail!.from + index}`,
      }))
      : []
  );
  return [
    `stem: ${stem.channels}, ${stem.activation}`,
    formatTable([...rows, ...tails], COLUMNS, "table", { colors }).trimEnd(),
    ...(head ? [`last convolution: ${head.channels}, ${head.activation}`] : []),
    ...heads.map((head) => `head: ${headText(head)}`),
  ].join("\n");
}

function headText(head: HeadTable): string {
  switch (head.kind) {
    case "classifier":
      return `classifier of ${head.classes} classes${head.last ? `, before it ${head.last.channels}` : ""}`;
    case "center-net":
      return `CenterNet for ${head.classes} classes, neck ${head.neck}, ` +
        head.laterals.map(({ tap, channels }) => `${tap} ${channels}`).join(", ");
    case "lr-aspp":
      return `LR-ASPP for ${head.classes} classes, ${
        head.filters ?? 128
      } filters of ${head.high} and ${head.low}`;
  }
}
