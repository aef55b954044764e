/** What a search found, as a table with its notes. */
import type { SearchResult, SearchRow } from "../../../models/search/mod.ts";
import type { Scores, StandIn } from "../../../models/search/mod.ts";
import { disturbedRows, SEARCH_SPACES, spaceSize } from "../../../models/search/mod.ts";
import { plural } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import type { Surroundings } from "../../../core/profile/mod.ts";
import { numberColumn, type Result } from "../profile/result.ts";

/** What scores are called. */
export const SCORE_TITLES: Readonly<Record<keyof Scores, string>> = {
  naswot: "NASWOT",
  zen: "Zen-score",
  madds: "multiply-adds alone",
};

const STAND_IN_TITLES: Readonly<Record<StandIn["name"], string>> = {
  naswot: "NASWOT",
  zen: "the Zen-score",
  both: "NASWOT and the Zen-score",
  madds: "the number of multiply-adds",
};

/** What the page needs beside the table. */
export interface SearchJson {
  readonly json: Readonly<Record<string, unknown>>;
}

/** A search as a result. */
export function searchResult(result: SearchResult, where: Surroundings): Result<SearchRow> & SearchJson {
  const { settings, rows, standIn, judged, table, error, stopped, resumed, best } = result;
  const [height, width] = settings.size;
  return {
    title: `Searched for ${settings.target} ms at ${height}×${width}`,
    facts: [
      `On ${plural(settings.threads, "thread")} of ${where.processor}, onnxruntime ${where.onnxruntime}; ` +
      `${plural(judged.length, "candidate")} of ${
        spaceSize(SEARCH_SPACES[settings.space]).toExponential(1)
      } in ` +
      `${settings.space}, seed ${settings.seed}; ${rewardText(result)}`,
      standInText(standIn),
    ],
    rows,
    columns: searchColumns(rows),
    givingWay: GIVING_WAY,
    dataColumns: [
      { title: "network", value: ({ label }) => label },
      { title: "origin", value: ({ origin }) => origin },
      { title: "predicted_ms", value: ({ predicted }) => predicted },
      { title: "measured_ms", value: ({ measured }) => measured },
      { title: "madds", value: ({ madds }) => madds },
      { title: "params", value: ({ parameters }) => parameters },
      { title: "stand_in", value: ({ quality }) => quality },
      { title: "reward", value: ({ reward }) => reward },
      { title: "published_top1", value: ({ published }) => published },
    ],
    ruleAbove: (row) => row === rows.find(({ origin }) => origin === "reference"),
    notes: [
      "Found networks are untrained. The stand-in is not an accuracy: it is a score of random weights, put on the scale " +
      "of published accuracy; beyond the paper's networks nobody has checked it.",
      ...correlationTexts(standIn),
      ...targetTexts(result),
      ...measuredTexts(result),
    ],
    json: {
      name: best.name,
      settings,
      machine: table.machine,
      stopped,
      candidates: judged.length,
      resumed,
      standIn: {
        name: standIn.name,
        error: standIn.error,
        correlations: standIn.correlations,
        networks: standIn.networks.map((network) => ({
          ...network,
          estimate: standIn.estimate(network.scores),
        })),
      },
      predictionError: error,
      rows,
    },
  };
}

/** Further than this from the target, as a part of it, is worth a word. */
const FAR = 0.1;

/** Why the best is not as slow as it might be. */
function targetTexts({ settings: { target, constraint }, rows: [{ predicted }] }: SearchResult): string[] {
  const ratio = predicted / target;
  if (Math.abs(ratio - 1) <= FAR) return [];
  if (constraint === "hard") {
    return ratio < 1
      ? []
      : [`No candidate that was judged takes ${target} ms or less: more evaluations may find one.`];
  }
  return ratio < 1
    ? [
      `The reward's best is faster than ${target} ms: what the score gains with more time is worth less than the time. ` +
      "--hard uses all of it; --exponent nearer to 0 uses more.",
    ]
    : [`The reward's best is slower than ${target} ms: --hard keeps to it.`];
}

/** How far predictions are from measurements, and whether those can be believed. */
function measuredTexts({ rows, error, table }: SearchResult): string[] {
  if (error === undefined) return ["Not measured whole: ms are those that the latency table predicts."];
  const disturbed = disturbedRows(rows);
  const measured = plural(table.sessions.length, "network");
  return [
    `Predicted against measured: ${
      (100 * error).toFixed(1)
    } % on average, of ${measured} in the latency table.`,
    ...(disturbed === 0 ? [] : [
      `Other programs were busy: the runs of ${disturbed} of ${rows.length} networks varied by more than half, and ` +
      "their measured times may be too long.",
    ]),
  ];
}

/** The columns that give way on a narrow terminal, the first of them first. */
export const GIVING_WAY = ["error", "params M", "reward", "published top-1", "MAdds M", "measured ms"];

/** The columns of the table of networks. */
export function searchColumns(rows: readonly SearchRow[]): Column<SearchRow>[] {
  const number = numberColumn<SearchRow>;
  const isMeasured = rows.some(({ measured }) => measured !== undefined);
  return [
    { title: "network", value: ({ label }) => label },
    number("predicted ms", ({ predicted }) => predicted.toFixed(2)),
    ...(isMeasured
      ? [
        number("measured ms", ({ measured }) => measured?.toFixed(2)),
        number(
          "error",
          ({ measured, predicted }) =>
            measured && `${signed(100 * (predicted / measured - 1))} %` || undefined,
        ),
      ]
      : []),
    number("MAdds M", ({ madds }) => (madds / 1e6).toFixed(0)),
    number("params M", ({ parameters }) => (parameters / 1e6).toFixed(2)),
    number("stand-in", ({ quality }) => quality.toFixed(1)),
    number("reward", ({ reward }) => reward.toFixed(2)),
    number("published top-1", ({ published }) => published?.toFixed(1)),
  ];
}

function signed(percent: number): string {
  const text = Math.abs(percent).toFixed(1);
  return text === "0.0" ? text : `${percent < 0 ? "−" : "+"}${text}`;
}

function rewardText({ settings: { target, exponent, constraint } }: SearchResult): string {
  return constraint === "hard"
    ? `reward: the stand-in, times ${target} / ms above ${target} ms`
    : `reward: stand-in · (ms / ${target})^${String(exponent).replace("-", "−")}`;
}

/** What stands in, and how good it is. */
function standInText({ name, networks, error }: StandIn): string {
  return `In place of accuracy: ${
    STAND_IN_TITLES[name]
  }, in percent by a straight line through the ${networks.length} ` +
    `published networks of the paper's tables 3 and 9; those left out are estimated within ${
      error.toFixed(1)
    } points ` +
    "(root mean square)";
}

/** How well the scores rank what is published, also where they do not. */
export function correlationTexts({ correlations, networks, name }: StandIn): string[] {
  const ranks = correlations.map(({ of, all, tables }) =>
    `${SCORE_TITLES[of]} ${all.toFixed(2)} (table 3 ${tables.table3.toFixed(2)}, table 9 ${
      tables.table9.toFixed(2)
    })`
  );
  const texts = [
    `Rank correlation (Spearman) with the published accuracy of ${networks.length} networks: ${
      ranks.join("; ")
    }.`,
  ];
  const of = (score: keyof Scores) => correlations.find((row) => row.of === score)!.all;
  const better = (["naswot", "zen"] as const).filter((score) => of(score) > of("madds"));
  if (name !== "madds" && better.length === 0) {
    texts.push(
      "Neither score ranks these networks better than counting multiply-adds does: at an equal latency the stand-in " +
        "tells less than it seems to.",
    );
  }
  return texts;
}
