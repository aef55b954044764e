/** What is told before training starts. */
import {
  type FitData,
  type FitEstimate,
  type FitPlan,
  totalPixels,
  type Tune,
} from "../../../models/fit/mod.ts";
import { formatBytes, formatClock, formatPercent, plural } from "../../console/format.ts";

/** What a fit will do and how long it will take, a line each. */
export function planText(plan: FitPlan, estimate: FitEstimate, cache: string): string[] {
  const { data, recipe, samples, steps, cacheBytes } = plan;
  const stages = recipe.stages.map(({ tune }, i) =>
    `${learningText(tune)}: ${steps[i]} steps, about ${formatClock(estimate.stages[i])}`
  );
  const total = estimate.features + estimate.stages.reduce((sum, seconds) => sum + seconds, 0);
  return [
    `${plural(data.classes.length, "class", "classes")}; ${
      plural(data.train.length, "image")
    } to learn from, ` +
    `${data.val.length} to validate on`,
    `${data.list ? "pixels" : "images"} to learn from: ${balanceText(data)}`,
    `features of ${samples.length} samples take ${formatBytes(cacheBytes)} in ${cache} and about ${
      formatClock(estimate.features)
    }`,
    ...stages,
    `about ${formatClock(total)} in all`,
  ];
}

/** What learns in a stage. */
export function learningText(tune: Tune): string {
  if (tune === "all") return "the whole network";
  return tune === "none" ? "head" : `head and ${tune}`;
}

/** Classes with their shares, the most frequent first. */
function balanceText(data: FitData): string {
  return sharesOf(data).toSorted((a, b) => b.share - a.share).map(({ name, share }) =>
    `${name} ${formatPercent(share)}`
  ).join(", ");
}

/** The same for programs. */
export function planJson({ data, recipe, samples, steps, cacheBytes, key }: FitPlan, estimate: FitEstimate) {
  return {
    classes: sharesOf(data),
    train: data.train.length,
    val: data.val.length,
    samples: samples.length,
    steps,
    cacheBytes,
    recipe,
    key,
    seconds: estimate,
  };
}

function sharesOf({ classes, train }: FitData): { readonly name: string; readonly share: number }[] {
  const pixels = totalPixels(train, classes.length);
  const all = pixels.reduce((sum, count) => sum + count, 0);
  return classes.map(({ name }, i) => ({ name, share: pixels[i] / all }));
}
