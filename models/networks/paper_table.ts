import type { Extent } from "../../core/graph/mod.ts";

/** The names of the tables. */
export type PaperTableName = "table3" | "table6" | "table7" | "table8" | "table9" | "readmes";

/** A table and how its figures were counted. */
export interface PaperTable {
  readonly name: PaperTableName;
  readonly title: string;
  /** Whether h-swish and the final upsampling count as MAdds. */
  readonly rule: "plain" | "extended";
  /** Whether BatchNorm's scale and shift count as parameters, where a row does not say otherwise. */
  readonly batchNormCounts: boolean;
  readonly rows: readonly PaperRow[];
}

/** A row of a table. */
export interface PaperRow {
  readonly label: string;
  /** The network's name in the catalogue. */
  readonly network: string;
  /** The size it was counted at, where that is not the network's own. */
  readonly size?: Extent;
  /** The number of classes it was counted with, where that is not the network's own. */
  readonly classes?: number;
  /** Overrides the table's. */
  readonly batchNormCounts?: boolean;
  readonly printed: PrintedFigures;
  /** Why a printed figure cannot be reproduced. */
  readonly footnote?: string;
}

/** What a row prints; what it leaves out is absent. */
export interface PrintedFigures {
  readonly madds?: number;
  readonly params?: number;
  /** Top-1 accuracy, mAP or mIoU, in percent. */
  readonly quality?: number;
  /** Milliseconds on one large core of a phone. */
  readonly pixel1?: number;
  readonly pixel2?: number;
  readonly pixel3?: number;
}
