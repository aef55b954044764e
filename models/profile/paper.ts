/** The tables of the MobileNetV3 paper beside our counts and the times of this machine. */
import { importLater } from "../../core/import_later.ts";
import {
  compareSubjects,
  type CountingRule,
  type ProfileOptions,
  spearman,
  type Subject,
  type TimedSubject,
} from "../../core/profile/mod.ts";
import {
  findNetwork,
  PAPER_TABLES,
  type PaperRow,
  type PaperTable,
  type PaperTableName,
} from "../zoo/mod.ts";
import type { Task } from "../network.ts";
import { networkSubject } from "./subject.ts";

/** A table of the paper with our counts, and our times where they were measured. */
export interface PaperProfile {
  readonly table: PaperTable;
  /** What the networks of the table do. */
  readonly task: Task;
  readonly rule: CountingRule;
  readonly rows: readonly PaperProfileRow[];
}

/** A row of the paper beside the same network here. */
export interface PaperProfileRow extends TimedSubject {
  readonly paper: PaperRow;
  /** Counted as the table or the row counts them: with or without BatchNorm's scale and shift. */
  readonly parameters: number;
  /** The same in int8, where the table's times are. */
  readonly int8?: TimedSubject["time"];
  /** Our counts divided by the printed ones, less 1; absent where nothing is printed. */
  readonly error: { readonly madds?: number; readonly params?: number };
}

/** The phones whose milliseconds the paper prints. */
export const PHONES = ["pixel1", "pixel2", "pixel3"] as const;

/** One of {@linkcode PHONES}. */
export type Phone = typeof PHONES[number];

/**
 * Counts the networks of a table.
 *
 * @param rule absent, the rule of the table.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countPaperTable, rankCorrelations } from "./paper.ts";
 * const table = countPaperTable("table3");
 * assert.equal(table.rows[0].paper.printed.madds, 219e6);
 * assert.equal(table.rows[0].subject.costs.madds, 216_589_760);
 * assert.equal(rankCorrelations(table.rows)[0].with.pixel1, 1);
 * ```
 */
export function countPaperTable(name: PaperTableName, rule?: CountingRule): PaperProfile {
  const table = PAPER_TABLES.find((known) => known.name === name)!;
  const counted = rule ?? table.rule;
  return {
    table,
    task: findNetwork(table.rows[0].network)!.task,
    rule: counted,
    rows: table.rows.map((paper): PaperProfileRow => {
      const { network, size, classes, batchNormCounts = table.batchNormCounts, printed } = paper;
      const subject = networkSubject(findNetwork(network)!, { size, classes, rule: counted });
      const { madds, parameters, parametersWithoutBatchNorm } = subject.costs;
      const compared = batchNormCounts ? parameters : parametersWithoutBatchNorm;
      return {
        paper,
        subject,
        parameters: compared,
        error: { madds: errorOf(madds, printed.madds), params: errorOf(compared, printed.params) },
      };
    }),
  };
}

/**
 * Measures the networks of a table in turns.
 *
 * @throws {BneckError} when onnxruntime cannot run one; the reason of `signal` once it is aborted.
 */
export async function measurePaperTable(
  counted: PaperProfile,
  options: ProfileOptions = {},
): Promise<PaperProfile> {
  const float = counted.rows.map(({ subject }) => subject);
  if (!counted.table.int8) {
    const times = await compareSubjects(float, options);
    return { ...counted, rows: counted.rows.map((row, index) => ({ ...row, time: times[index] })) };
  }
  const { int8Subject } = await importLater<typeof import("../compress/quantize/fastest.ts")>(
    import.meta.resolve("../compress/quantize/fastest.ts"),
  );
  const pairs: Subject[] = [];
  for (const subject of float) pairs.push(subject, await int8Subject(subject, options));
  const times = await compareSubjects(pairs, options);
  return {
    ...counted,
    rows: counted.rows.map((row, i) => ({ ...row, time: times[2 * i], int8: times[2 * i + 1] })),
  };
}

/** How well an order of ours agrees with others. */
export interface RankCorrelation {
  /** What of ours is ordered. */
  readonly of: "milliseconds" | "madds";
  /** Spearman's rank correlation with the times of each phone that has at least two, and with our MAdds. */
  readonly with: Readonly<Partial<Record<Phone | "madds", number>>>;
}

/** How well the order of our times, where there are any, and of our MAdds agrees with that of the phones. */
export function rankCorrelations(rows: readonly PaperProfileRow[]): RankCorrelation[] {
  const madds = ({ subject }: PaperProfileRow) => subject.costs.madds;
  const found: RankCorrelation[] = [];
  if (rows[0].time) {
    const milliseconds = ({ time, int8 = time }: PaperProfileRow) => int8!.milliseconds;
    const withMadds = spearman(rows.map(milliseconds), rows.map(madds));
    found.push({ of: "milliseconds", with: { ...withPhones(rows, milliseconds), madds: withMadds } });
  }
  found.push({ of: "madds", with: withPhones(rows, madds) });
  return found.filter((correlation) => Object.keys(correlation.with).length > 0);
}

function withPhones(
  rows: readonly PaperProfileRow[],
  value: (row: PaperProfileRow) => number,
): Partial<Record<Phone, number>> {
  const found: Partial<Record<Phone, number>> = {};
  for (const phone of PHONES) {
    const known = rows.filter(({ paper }) => paper.printed[phone] !== undefined);
    if (known.length < 2) continue;
    found[phone] = spearman(known.map(value), known.map(({ paper }) => paper.printed[phone]!));
  }
  return found;
}

/** Printed figures are whole: fractions of a million are not exact in binary. */
function errorOf(ours: number, printed: number | undefined): number | undefined {
  return printed === undefined ? undefined : ours / Math.round(printed) - 1;
}
