/** What an adapted file says of how it was made. */
import { type InputSize } from "../../input_size.ts";
import { weightsOf } from "../../licence.ts";
import type { Adapted } from "./adapt.ts";
import type { AdaptedContent } from "./adapted_file.ts";
import { baseGraph } from "./base.ts";
import { channelsOf } from "./candidate.ts";
import { channelRows } from "./channel_rows.ts";
import type { CandidateScorer } from "./evaluation.ts";
import type { AdaptPlan } from "./plan.ts";

/** What is said of a result besides what it is. */
export interface ResultDetails {
  /** The name of the model that it is from now on. */
  readonly name: string;
  /** The command line that makes it again. */
  readonly command?: string;
  readonly scorer?: Pick<CandidateScorer, "metric" | "images">;
}

/** The result of an adaptation as the content of its file. */
export function adaptedContent(
  plan: AdaptPlan,
  { candidate, latency, records, distilled, scores }: Adapted,
  { name, command, scorer }: ResultDetails,
): AdaptedContent {
  const { model, tasks, network, base, size, settings } = plan;
  const inputSize: InputSize = network.inputSize;
  const files = weightsOf(model.weights, tasks);
  const joined = (values: readonly string[]) => [...new Set(values)].join("; ");
  const now = channelsOf(candidate);
  const narrower = channelRows(baseGraph(base), {}).filter(({ group, original }) => {
    const channels = now.get(group);
    return channels !== undefined && channels < original;
  });
  const share = latency.measured / latency.beside;
  return {
    metadata: {
      name,
      summary: `${model.name} (${tasks.join(" and ")}), adapted to ${
        (100 * share).toFixed(0)
      } % of its latency`,
      input: "image",
      tasks: network.tasks,
      inputSize,
      sizeGrid: network.sizeGrid,
      licence: joined(files.map(({ licence }) => licence)),
      source: `bneck adapt, from ${joined(files.map(({ from }) => from))}`,
      preprocessing: "in the graph",
    },
    base,
    candidate,
    card: {
      channels: Object.fromEntries(narrower.map(({ group }) => [group, now.get(group)!])),
      original: model.name,
      latency: {
        size: [size[0], size[1]],
        threads: settings.threads,
        machine: latency.machine,
        original: latency.beside,
        predicted: latency.predicted,
        measured: latency.measured,
      },
      steps: records.length,
      distilled: distilled.steps,
      images: plan.sampled.length + plan.compared.length +
        (distilled.steps > 0 ? plan.trained.length - plan.sampled.length : 0),
      seed: settings.seed,
      ...(scores && scorer
        ? {
          figures: {
            metric: scorer.metric,
            original: scores.original,
            adapted: scores.adapted,
            images: scorer.images,
          },
        }
        : {}),
      ...(command === undefined ? {} : { command }),
      date: new Date().toISOString().slice(0, 10),
    },
  };
}
