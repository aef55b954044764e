/** The table that `--timings` prints. */
import { type NetworkPart, PREPARATION } from "../../models/pipeline/network_parts.ts";
import { formatPercent, plural } from "../console/format.ts";
import { type Column, formatTable, type TableOptions } from "../console/table.ts";

/** What workers did between the first image and the last. */
export interface StageSums {
  readonly images: number;
  readonly workers: number;
  /** From the first image handed out to the last done. */
  readonly milliseconds: number;
  /**
   * What each stage took for all images together, in their order. `resize` and `infer` are shown as the parts of the
   * network that they are.
   */
  readonly stages: ReadonlyMap<string, number>;
}

/** A row of the table. */
export interface StageRow {
  readonly stage: string;
  /** All workers together. */
  readonly milliseconds: number;
}

const RESIZE = "resize";
const INFER = "infer";

/** The stages in their order, the network's split into its parts; what is left of the workers' time is waiting. */
export function stageRows(
  { workers, milliseconds, stages }: StageSums,
  parts: readonly NetworkPart[],
): StageRow[] {
  const rows: StageRow[] = [];
  for (const [stage, milliseconds] of stages) {
    if (stage === INFER) rows.push(...networkRows(milliseconds, stages.get(RESIZE) ?? 0, parts));
    else if (stage !== RESIZE) rows.push({ stage, milliseconds });
  }
  const total = workers * milliseconds;
  const worked = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    ...rows,
    { stage: "waiting", milliseconds: Math.max(0, total - worked) },
    { stage: plural(workers, "worker"), milliseconds: total },
  ];
}

/** Images are resized before the network or by it; both are its preparation. */
function networkRows(infer: number, resize: number, parts: readonly NetworkPart[]): StageRow[] {
  const rows = parts.map(({ name, share }) => ({
    stage: name,
    milliseconds: infer * share + (name === PREPARATION ? resize : 0),
  }));
  return parts.some(({ name }) => name === PREPARATION)
    ? rows
    : [{ stage: PREPARATION, milliseconds: resize }, ...rows];
}

/** The table, and the speed that the workers could reach at best. */
export function formatStages(
  sums: StageSums,
  parts: readonly NetworkPart[],
  options: TableOptions<StageRow> = {},
): { readonly table: string; readonly speed: string } {
  const { images, workers, milliseconds, stages } = sums;
  const rows = stageRows(sums, parts);
  const total = rows.at(-1)!;
  const columns: Column<StageRow>[] = [
    { title: "stage", value: ({ stage }) => stage },
    {
      title: "seconds",
      value: ({ milliseconds }) => milliseconds / 1000,
      format: (value) => value.toFixed(2),
    },
    {
      title: "ms/image",
      value: ({ milliseconds }) => milliseconds / images,
      format: (value) => value.toFixed(2),
    },
    { title: "share", value: ({ milliseconds }) => milliseconds / total.milliseconds, format: formatPercent },
  ];
  const table = formatTable(rows, columns, "table", { ...options, ruleAbove: (row) => row === total });
  const speed = images / milliseconds * 1000;
  const infer = stages.get(INFER);
  if (infer === undefined) return { table, speed: `${speed.toFixed(1)} images/s` };
  const bound = workers * images / infer * 1000;
  const beside = `the network alone would do ${bound.toFixed(1)} on ${plural(workers, "core")}`;
  return {
    table,
    speed: `${speed.toFixed(1)} images/s; ${beside}, and this is ${(speed / bound).toFixed(2)} of it`,
  };
}
