/** The report of a fit. */
import {
  blendOverlay,
  encodeRgbImage,
  type LabelMap,
  resizeImage,
  type RgbImage,
} from "../../../core/images/mod.ts";
import {
  type FitCard,
  type FitPlan,
  totalPixels,
  type Trained,
  type WorstImage,
  worstImages,
} from "../../../models/fit/mod.ts";
import { formatClock, formatPercent } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import {
  barChart,
  cssColor,
  dataUri,
  formatPage,
  html,
  htmlTable,
  type Provenance,
  type Section,
  type Tile,
  tiles,
} from "../../report/mod.ts";
import { curveChart } from "./curve_chart.ts";
import { learningText } from "./plan_text.ts";

/** What a report is made from. */
export interface FitReport {
  readonly name: string;
  /** The fitted file. */
  readonly file: string;
  readonly plan: FitPlan;
  readonly trained: Trained;
  readonly card: FitCard;
  readonly provenance: Provenance;
}

const WORST = 6;
const SIDE = 320;

/** The report as the text of an HTML file. */
export async function fitReport({ name, file, plan, trained, card, provenance }: FitReport): Promise<string> {
  const { data, recipe, steps, samples } = plan;
  const { figures } = card;
  const score = figures.metric === "mIoU" ? "IoU" : "found";
  const worst = await worstImages(file, data, trained.validation.perImage, WORST);
  const sections: Section[] = [
    { title: "How it learned", note: curvesNote(plan), body: curves(plan, trained, figures.metric) },
    {
      title: score === "IoU" ? "IoU of each class" : "Share of each class that was found",
      body: barChart(
        data.classes.map(({ name, color }, i) => {
          const value = trained.validation.perClass[i];
          return {
            label: name,
            value,
            text: value === null ? "does not occur" : value.toFixed(3),
            swatch: color,
            hint: name,
          };
        }),
        { title: `${score} of each class on the images for validation` },
      ),
    },
    { title: "Classes in numbers", body: classTable(plan, trained, score) },
    {
      title: "Recipe",
      note: card.command && html`<code>${card.command}</code>`,
      body: htmlTable(recipeRows(plan), RECIPE_COLUMNS),
    },
  ];
  if (worst.length > 0) {
    const legend = data.classes.map(({ name, color }) =>
      html`<span><span class="swatch" style="background:${cssColor(color)}"></span>${name}</span>`
    );
    sections.splice(3, 0, {
      title: worst.length === 1 ? "The worst image" : `The ${worst.length} worst images`,
      note: "Of those for validation, which the network did not learn from.",
      body: [
        data.list ? html`<div class="legend">${legend}</div>` : null,
        tiles(
          data.list ? await Promise.all(worst.map((image) => tileOf(image, plan))) : [await takenTile(worst)],
        ),
      ],
    });
  }
  return formatPage({
    title: `${name}: fitted to ${data.classes.length} classes`,
    facts: [
      ["data", card.data.sources.join(", ")],
      ["images", `${data.train.length} to learn from, ${data.val.length} for validation`],
      ["samples", String(samples.length)],
      ["steps", steps.join(" + ")],
      ["seed", String(recipe.seed)],
    ],
    figures: [
      { name: figures.metric, value: figures.value.toFixed(4), note: `on ${data.val.length} images` },
      ...(figures.pixelAccuracy === undefined
        ? []
        : [{ name: "pixel accuracy", value: formatPercent(figures.pixelAccuracy) }]),
      ...(figures.baseline === undefined
        ? []
        : [{ name: "nearest class mean", value: figures.baseline.toFixed(4), note: "on the same features" }]),
      { name: "training time", value: formatClock(trained.seconds) },
    ],
    warnings: [...data.notes, ...plan.notes, ...(trained.stopped ? [trained.stopped] : [])],
    sections,
    provenance,
  });
}

function curvesNote({ recipe }: FitPlan): string {
  const [, second] = recipe.stages;
  const trained = second
    ? `First the head was trained, then the head and ${second.tune} of the backbone`
    : recipe.network
    ? `${recipe.network.name} was trained whole, from random weights`
    : "The head was trained";
  return `${trained}. The loss is the mean since the point before, the score that of the images for validation; the ring is ` +
    "what was kept.";
}

function curves({ recipe, steps }: FitPlan, { log, best }: Trained, metric: string) {
  const all = steps.reduce((sum, count) => sum + count, 0);
  const stages = steps.slice(0, -1).map((_, i) =>
    steps.slice(0, i + 1).reduce((sum, count) => sum + count, 0)
  );
  const top = Math.max(...log.map(({ loss }) => loss)) * 1.1;
  const value = metric === "mIoU" ? "mIoU" : "accuracy";
  return html`
    <div style="display:flex;flex-wrap:wrap;gap:8px 24px">${curveChart({
      title: "loss",
      points: log.map(({ step, loss }) => ({ step, value: loss })),
      steps: all,
      top,
      stages,
    })}${curveChart({
      title: value,
      points: log.map(({ step, metric }) => ({ step, value: metric })),
      steps: all,
      top: 1,
      stages,
      dot: {
        step: best.step,
        value: best.metric,
        hint: `kept: ${value} ${
          best.metric.toFixed(4)
        } at step ${best.step} of ${recipe.stages.length} stages`,
      },
    })}</div>
  `;
}

function classTable({ data }: FitPlan, { validation, classWeights }: Trained, score: string) {
  const [learned, validated] = [data.train, data.val].map((images) =>
    totalPixels(images, data.classes.length)
  );
  const share = (counts: Float64Array, i: number) =>
    counts[i] / counts.reduce((sum, count) => sum + count, 0);
  const rows = data.classes.map((entry, i) => ({
    ...entry,
    score: validation.perClass[i],
    learned: share(learned, i),
    validated: share(validated, i),
    weight: classWeights[i],
  }));
  const unit = data.list ? "pixels" : "images";
  const columns: Column<typeof rows[number]>[] = [
    { title: "class", value: ({ name }) => name },
    { title: score, value: (row) => row.score, format: (value) => value.toFixed(4), align: "right" },
    { title: `of ${unit} to learn from`, value: (row) => row.learned, format: formatPercent },
    { title: `of ${unit} for validation`, value: (row) => row.validated, format: formatPercent },
    { title: "weight in the loss", value: (row) => row.weight, format: (value) => value.toFixed(2) },
  ];
  return htmlTable(rows, columns, { swatch: ({ color }) => color });
}

interface RecipeRow {
  readonly name: string;
  readonly value: string;
}

const RECIPE_COLUMNS: readonly Column<RecipeRow>[] = [
  { title: "setting", value: ({ name }) => name },
  { title: "value", value: ({ value }) => value },
];

function recipeRows({ recipe }: FitPlan): RecipeRow[] {
  const { augmentation: { crop, shorter, scale }, stages } = recipe;
  return [
    {
      name: "photos",
      value: `shorter side ${shorter}, samples of ${crop.join("×")}, scaled by ${scale.join("–")}`,
    },
    recipe.network
      ? { name: "network", value: `${recipe.network.name}: ${recipe.network.summary}` }
      : { name: "output stride", value: String(recipe.outputStride) },
    { name: "samples of each image", value: String(recipe.variants) },
    { name: "class balance", value: `(median frequency / frequency) to the power of ${recipe.balance}` },
    ...stages.map(({ tune, passes, batch, learningRate, backboneRate }, i) => ({
      name: `stage ${i + 1}`,
      value: `${learningText(tune)}: ${passes} passes, batch ${batch}, rate ${learningRate}` +
        (tune === "none" || tune === "all" ? "" : `, of the backbone ${backboneRate}`),
    })),
  ];
}

async function pictureOf(image: RgbImage, caption: string) {
  const jpeg = await encodeRgbImage(shrunk(image), "jpeg", { quality: 82 });
  return { uri: dataUri(jpeg, "image/jpeg"), caption };
}

/** An image, what it shows and what was found. */
async function tileOf(
  { name, score, image, truth, prediction }: WorstImage,
  { data }: FitPlan,
): Promise<Tile> {
  const palette = data.classes.map(({ color }) => color);
  const overlay = (labels: LabelMap) =>
    blendOverlay(image, labels, palette, { opacity: 0.65, background: new Set([255]) });
  return {
    title: name,
    note: `mean IoU of its classes ${score.toFixed(4)}`,
    pictures: [
      await pictureOf(image, "photo"),
      ...(truth ? [await pictureOf(overlay(truth), "truth")] : []),
      ...(prediction ? [await pictureOf(overlay(prediction), "found")] : []),
    ],
  };
}

/** Images side by side with the classes that they were taken for. */
async function takenTile(worst: readonly WorstImage[]): Promise<Tile> {
  const pictures = worst.map(({ image, taken }) =>
    pictureOf(image, `${taken?.truth}, taken for ${taken?.prediction}`)
  );
  return { title: "Taken for another class", pictures: await Promise.all(pictures) };
}

function shrunk(image: RgbImage): RgbImage {
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return resizeImage(image, side(image.width), side(image.height), "bilinear");
}
