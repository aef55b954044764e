/** What the charts of all reports share: the colours of time and MAdds, and the line of the average rate. */
import type { Color } from "../../../core/images/mod.ts";
import { type BarPair, type Html, pairedBarChart, type ScatterPoint } from "../../report/mod.ts";

/** Milliseconds. */
export const TIME_COLOR: Color = [37, 99, 168];

/** Multiply-adds. */
export const MADDS_COLOR: Color = [222, 143, 36];

/** Bars of time and of MAdds, one above the other. */
export function timeAndMaddsChart(
  pairs: readonly BarPair[],
  title: string,
  format: (value: number) => string,
): Html {
  const series = [{ name: "time", color: TIME_COLOR }, { name: "MAdds", color: MADDS_COLOR }] as const;
  return pairedBarChart(pairs, { title, series, format });
}

/** The slope of the line through the origin that gives all times together. */
export function averageSlope(points: readonly Pick<ScatterPoint, "x" | "y">[]): number {
  const sum = (value: (point: Pick<ScatterPoint, "x" | "y">) => number) =>
    points.reduce((total, point) => total + value(point), 0);
  return sum(({ y }) => y) / sum(({ x }) => x);
}

/** The line of the average rate in a chart of MAdds against milliseconds. */
export function rateLine(slope: number): { readonly slope: number; readonly text: string } {
  return { slope, text: `${(1 / slope / 1e6).toFixed(1)} GMAdds/s, their average` };
}

/** A tick of a logarithmic axis: one digit is exact there. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(1)));
}

const MAX_NAME_LENGTH = 36;

/** The end of a layer's name, which distinguishes it. */
export function shortName(name: string): string {
  const own = name.replace(/^backbone\./, "");
  return own.length > MAX_NAME_LENGTH ? `…${own.slice(-MAX_NAME_LENGTH)}` : own;
}
