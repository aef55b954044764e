/** Two networks side by side, layer by layer or block by block. */
import type { LayerComparison, PairedRow } from "../../../core/profile/mod.ts";
import { MADDS_UNIT } from "../../../core/profile/mod.ts";
import { formatCount } from "../../console/format.ts";
import { countsJson } from "./comparison_result.ts";
import { type Conditions, numberColumn, type Result, turnsText } from "./result.ts";

/** A comparison by layers or blocks as a result. */
export function layerComparisonResult(
  { subjects, rounds, rows, total }: LayerComparison,
  by: "layer" | "block",
  conditions: Conditions,
): Result<PairedRow> {
  const [first, second] = subjects;
  const { threads, processor, onnxruntime } = conditions;
  const number = numberColumn<PairedRow>;
  const all: PairedRow = {
    name: "total",
    operator: "",
    madds: [first.costs.madds, second.costs.madds],
    ...total,
  };
  const ms = (side: 0 | 1) => ({ milliseconds }: PairedRow) => milliseconds[side]?.toFixed(3);
  return {
    title: `${first.name} (A) against ${second.name} (B)`,
    facts: [
      `A: ${first.summary}; input ${first.input}`,
      `B: ${second.summary}; input ${second.input}`,
      turnsText(rounds, conditions),
    ],
    rows: [...rows, all],
    columns: [
      { title: by, value: ({ name }) => name },
      ...(by === "layer" ? [{ title: "operator", value: ({ operator }: PairedRow) => operator }] : []),
      number("MAdds A", ({ madds: [a] }) => a ? formatCount(a) : ""),
      number("ms A", ms(0)),
      number("ms B", ms(1)),
      number("B / A", ({ ratio }) => ratio?.median.toFixed(3)),
      number("99 %", ({ ratio }) => ratio && `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`),
      { title: "B is", value: ({ verdict }) => VERDICTS[verdict] },
    ],
    dataRows: rows,
    dataColumns: [
      { title: by, value: ({ name }) => name },
      { title: "operator", value: ({ operator }) => operator },
      { title: "madds_a", value: ({ madds }) => madds[0] },
      { title: "madds_b", value: ({ madds }) => madds[1] },
      { title: "ms_a", value: ({ milliseconds }) => milliseconds[0] },
      { title: "ms_b", value: ({ milliseconds }) => milliseconds[1] },
      { title: "ratio", value: ({ ratio }) => ratio?.median },
      { title: "ratio_low", value: ({ ratio }) => ratio?.low },
      { title: "ratio_high", value: ({ ratio }) => ratio?.high },
      { title: "verdict", value: ({ verdict }) => verdict },
    ],
    ruleAbove: (row) => row === all,
    notes: [
      `${verdictText(total.verdict)} in all: B takes ${total.ratio?.median.toFixed(3)} times as long as A (${
        total.ratio?.low.toFixed(3)
      } to ${total.ratio?.high.toFixed(3)} with 99 % confidence).`,
      "Layers are matched by name, then by order, operator and shape. One of 0 ms runs inside another. The total is that of whole runs.",
    ],
    json: {
      unit: MADDS_UNIT,
      by,
      threads,
      processor,
      onnxruntime,
      rounds,
      networks: subjects.map(countsJson),
      rows,
      total,
    },
  };
}

const VERDICTS: Readonly<Record<PairedRow["verdict"], string>> = {
  slower: "slower",
  faster: "faster",
  "no difference": "",
  "only first": "absent",
  "only second": "new",
};

function verdictText(verdict: PairedRow["verdict"]): string {
  return verdict === "no difference" ? "No difference" : `B is ${verdict}`;
}
