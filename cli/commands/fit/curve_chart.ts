import { type Html, html } from "../../report/mod.ts";

/** A curve over the steps of a training. */
export interface Curve {
  readonly title: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  readonly steps: number;
  /** The top of the scale; the bottom is 0. */
  readonly top: number;
  /** A point worth a dot. */
  readonly dot?: { readonly step: number; readonly value: number; readonly hint: string };
  /** Steps at which another stage begins. */
  readonly stages: readonly number[];
}

const [LEFT, TOP, RIGHT, BOTTOM] = [40, 8, 12, 22];
const [WIDTH, HEIGHT] = [300, 150];

/** A curve as SVG, with its scale. */
export function curveChart({ title, points, steps, top, dot, stages }: Curve): Html {
  const x = (step: number) => round(LEFT + WIDTH * step / Math.max(1, steps));
  const y = (value: number) => round(TOP + HEIGHT * (1 - Math.min(1, value / top)));
  const path = points.map(({ step, value }, i) => `${i === 0 ? "M" : "L"}${x(step)} ${y(value)}`).join("");
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    html`
      <line class="grid" x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${y(share * top)}" y2="${y(share * top)}" />
      <text class="soft small" x="${LEFT - 5}" y="${y(share * top) + 4}" text-anchor="end">${digits(
        share * top,
      )}</text>
    `
  );
  const borders = stages.map((step) =>
    html`
      <line class="grid" x1="${x(step)}" x2="${x(step)}" y1="${TOP}" y2="${TOP + HEIGHT}"
        stroke-dasharray="3 3" />
    `
  );
  const marks = points.map(({ step, value }) =>
    html`
      <circle cx="${x(step)}" cy="${y(value)}" r="2" fill="var(--ink)">
        <title>${`step ${step}: ${value.toFixed(4)}`}</title>
      </circle>
    `
  );
  const best = dot && html`
    <circle cx="${x(dot.step)}" cy="${y(
      dot.value,
    )}" r="4.5" fill="none" stroke="var(--ink)" stroke-width="1.6">
      <title>${dot.hint}</title>
    </circle>
  `;
  const [width, height] = [LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM];
  return html`
    <figure>
      <svg role="img" aria-label="${title}" width="${width}" height="${height}"
        viewBox="0 0 ${width} ${height}">${grid}${borders}<path d="${path}" fill="none" stroke="var(--ink)"
          stroke-width="1.6" stroke-linejoin="round" />${marks}${best}
        <text class="soft small" x="${LEFT}" y="${TOP + HEIGHT + 14}">0</text>
        <text class="soft small" x="${LEFT + WIDTH}" y="${TOP + HEIGHT +
          14}" text-anchor="end">${`${steps} steps`}</text>
      </svg>
      <figcaption>${title}</figcaption>
    </figure>
  `;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
