import {
  categoryLabels,
  type CocoScores,
  type PrecisionRecallCurve,
  precisionRecallCurves,
  threeDecimals,
} from "../../../../datasets/coco/mod.ts";
import type { Color } from "../../../../core/images/mod.ts";
import { plural } from "../../../console/format.ts";
import { type Content, cssColor, html, lineChart, type Section } from "../../../report/mod.ts";

const LOOSE: Color = [37, 99, 168];
const STRICT: Color = [215, 140, 40];

/** A curve, of a class or the mean of all. */
type Curve = Pick<PrecisionRecallCurve, "recall" | "precision">;

/** A class's curves: at the first IoU threshold, and at 0.75 if that is another one. */
interface Curves {
  readonly name: string;
  readonly loose: Curve;
  readonly strict: Curve | undefined;
  readonly best: PrecisionRecallCurve["best"] | undefined;
}

/** The part of a report with the precision-recall curves of the classes. */
export function curveSection({ result }: CocoScores): Section {
  const [first] = result.params.iouThresholds;
  const loose = precisionRecallCurves(result, first);
  const strict = first < 0.75 ? precisionRecallCurves(result, 0.75) : [];
  const labels = categoryLabels(result.categories);
  const classes = loose.map((curve): Curves => ({
    name: labels[result.categories.indexOf(curve.category)],
    loose: curve,
    strict: strict.find(({ category }) => category.id === curve.category.id),
    best: curve.best.f1 > 0 ? curve.best : undefined,
  })).sort((a, b) => meanPrecision(b.loose) - meanPrecision(a.loose));
  const mean: Curves[] = loose.length < 2 ? [] : [{
    name: `mean of ${plural(loose.length, "class", "classes")}`,
    loose: meanCurve(loose),
    strict: strict.length > 0 ? meanCurve(strict) : undefined,
    best: undefined,
  }];
  const swatch = (color: Color, iou: number) =>
    html`<span><span class="swatch series" style="background:${cssColor(color)}"></span>IoU ${
      iou.toFixed(2)
    }</span>`;
  return {
    title: "Precision and recall",
    note:
      `How many of the detections are right (upwards) when so many of the objects are to be found (to the right). The ` +
      `number is AP at IoU ${
        first.toFixed(2)
      }, by which classes are ordered. The dot is the point with the best F1; rest ` +
      "the pointer on it for the score to cut at.",
    body: [
      html`<div class="legend">${swatch(LOOSE, first)}${
        strict.length > 0 ? swatch(STRICT, 0.75) : null
      }</div>`,
      html`<div class="curves">${[...mean, ...classes].map(curveFigure)}</div>`,
    ],
  };
}

function curveFigure({ name, loose, strict, best }: Curves): Content {
  const lines = [
    ...(strict ? [{ label: `${name}, IoU 0.75`, points: points(strict), color: STRICT }] : []),
    { label: name, points: points(loose), color: LOOSE },
  ];
  const chart = lineChart(lines, {
    title: `Precision and recall of ${name}`,
    dot: best && { x: best.recall, y: best.precision, hint: describeBest(best) },
  });
  return html`<figure><figcaption><b>${name}</b> ${
    threeDecimals(meanPrecision(loose))
  }</figcaption>${chart}</figure>`;
}

function describeBest({ f1, precision, recall, score }: PrecisionRecallCurve["best"]): string {
  return `F1 ${threeDecimals(f1)} with scores from ${threeDecimals(score)}: precision ${
    threeDecimals(precision)
  }, ` +
    `recall ${threeDecimals(recall)}`;
}

function points({ recall, precision }: Curve): { x: number; y: number }[] {
  return recall.map((x, r) => ({ x, y: precision[r] }));
}

function meanCurve(curves: readonly Curve[]): Curve {
  const { recall } = curves[0];
  const at = (r: number) => curves.reduce((sum, { precision }) => sum + precision[r], 0) / curves.length;
  return { recall, precision: Float64Array.from(recall, (_, r) => at(r)) };
}

/** AP at the threshold of the curve. */
function meanPrecision({ precision }: Curve): number {
  return precision.reduce((sum, value) => sum + value, 0) / precision.length;
}
