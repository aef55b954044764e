/** The style sheet of every report. */
import type { Html } from "./html.ts";

/** Plain CSS; it is ours, so it is not escaped. */
export const STYLE: Html = {
  html: `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2530; --soft: #5b6675; --line: #dfe4ea; --accent: #2563a8;
  --wash: #f5f7f9; --warning: #fff8e6; --edge: #0003 }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e6eaf0; --soft: #9aa7b6;
  --line: #313a46; --accent: #6aa9e9; --wash: #1d242d; --warning: #3a2f14; --edge: #fff4 }
  svg circle, svg path, .bars b i, .series { filter: brightness(1.35) } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.5rem; max-width: 76rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif }
h1 { margin: 0 0 .5rem; font-size: 1.7rem; letter-spacing: -.01em }
h2 { margin: 2.5rem 0 .3rem; font-size: 1.2rem }
p { margin: .3rem 0 }
p.note { color: var(--soft); max-width: 60rem }
p.warning { margin: 1rem 0; padding: .6rem .9rem; border-left: 4px solid #d08700; background: var(--warning) }
.facts { display: flex; flex-wrap: wrap; gap: .2rem 1.8rem; margin: 0 }
.facts div { display: flex; gap: .5rem; min-width: 0 }
dt { color: var(--soft) }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere }
dt { flex: none }
.figures:empty { display: none }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.4rem 0 }
.figure { display: flex; flex-direction: column; min-width: 9rem; padding: .7rem 1rem; border-radius: 8px; background: var(--wash) }
.figure .value { font-size: 1.7rem; font-weight: 650; font-variant-numeric: tabular-nums }
.figure .name { color: var(--soft) }
.figure .note { color: var(--soft); font-size: .8rem }
svg { display: block; max-width: 100%; height: auto; margin: .8rem 0 }
svg text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; fill: var(--ink) }
svg .soft { fill: var(--soft) }
svg .small { font-size: 10px }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round }
svg .grid { stroke: var(--line) }
.bars { display: grid; grid-template: 22px / fit-content(45%) 1fr; column-gap: .6rem; max-width: 48rem; margin: .8rem 0;
  font-size: 12px; line-height: 22px }
.bars .label { grid-column: 1; text-align: right; overflow-wrap: anywhere }
.bars .label .swatch { margin: 0 0 -.1em .5em }
.bars .ticks { grid-column: 2; position: relative; margin-right: var(--end); color: var(--soft) }
.bars .ticks div { position: absolute; top: 22px; bottom: 0; border-left: 1px solid var(--line) }
.bars .ticks span { position: absolute; white-space: nowrap; bottom: 100%; transform: translateX(-50%) }
.bars .bar { grid-column: 2; position: relative; display: flex; align-items: center; margin-right: var(--end);
  white-space: nowrap }
.bars .bar i { flex: none; height: 14px; min-width: 1px; border-radius: 2px; background: var(--accent) }
.bars .bar b { flex: none; display: grid; gap: 1px }
.bars .bar b i { height: 7px; min-width: 0 }
.bars .bar span { margin-left: .4rem }
.bars .bar .none { color: var(--soft) }
/* Shadows at the edges of what scrolls; they are covered where there is no more to see. */
.scroll { overflow-x: auto; background:
  linear-gradient(90deg, var(--paper) 30%, transparent) 0 0 / 2rem 100% local no-repeat,
  linear-gradient(-90deg, var(--paper) 30%, transparent) 100% 0 / 2rem 100% local no-repeat,
  linear-gradient(90deg, var(--edge), transparent) 0 0 / .6rem 100% scroll no-repeat,
  linear-gradient(-90deg, var(--edge), transparent) 100% 0 / .6rem 100% scroll no-repeat }
.scroll svg { max-width: none }
table { margin: .8rem 0; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { color: var(--soft); font-weight: 600; text-align: left; border-bottom: 2px solid var(--line) }
th, td { padding: .25rem .8rem .25rem 0; vertical-align: top }
td { border-bottom: 1px solid var(--line); white-space: nowrap }
td.long { min-width: 14rem; white-space: normal }
tr.total td { font-weight: 650; border-top: 2px solid var(--line) }
.right { text-align: right }
.sortable tbody tr:hover { background: var(--wash) }
.sortable th button { padding: 0; border: 0; background: none; font: inherit; color: inherit; cursor: pointer }
.sortable th button:hover { color: var(--ink); text-decoration: underline }
.sortable th[aria-sort=descending] button::after { content: " ▾" }
.sortable th[aria-sort=ascending] button::after { content: " ▴" }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .5em; border: 1px solid var(--edge); border-radius: 2px }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .6rem 0; color: var(--soft) }
details { margin: .8rem 0 }
summary { color: var(--accent); cursor: pointer }
.tile { margin: 1.2rem 0; padding-top: .8rem; border-top: 1px solid var(--line) }
.tile h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
.tile p { color: var(--soft) }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: .6rem; margin-top: .5rem }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .4rem 1rem; margin-top: .8rem }
.curves svg { margin: .1rem 0 .6rem }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr)); gap: 1rem; margin-top: .8rem }
.gallery figcaption b { display: block; color: var(--ink); font-weight: 600; overflow-wrap: anywhere }
.times { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr) auto; align-items: end; gap: .25rem .7rem;
  max-width: 60rem; margin: .5rem 0 1rem; font-size: 12px; line-height: 26px }
.times path { stroke: var(--soft); vector-effect: non-scaling-stroke; stroke-width: .6 }
.times .label { text-align: right; overflow-wrap: anywhere }
.times .text { color: var(--soft); white-space: nowrap }
.times svg { height: 26px; margin: 0; border-bottom: 1px solid var(--line) }
.times .clock { grid-column: 2; display: flex; justify-content: space-between; color: var(--soft); line-height: 1.4 }
.side { display: flex; flex-wrap: wrap; align-items: start; gap: 0 3rem }
.side > * { min-width: 0 }
.filters { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1.2rem; margin: .8rem 0; color: var(--soft) }
.filters select, .filters input { max-width: 12rem; padding: .2rem .4rem; border: 1px solid var(--line); border-radius: 4px;
  background: var(--paper); color: var(--ink); font: inherit }
[hidden] { display: none !important }
figure { margin: 0 }
figure img { display: block; width: 100%; height: auto; border-radius: 3px; background: var(--wash) }
figcaption { color: var(--soft); font-size: .8rem }
footer .facts { flex-direction: column }
footer dt { width: 6rem }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem }
@media (max-width: 40rem) {
  body { padding: 1.2rem .8rem }
  h1 { font-size: 1.35rem; overflow-wrap: anywhere }
  .figure { flex: 1 1 8rem; min-width: 0; padding: .5rem .7rem }
  .figure .value { font-size: 1.3rem }
  table { font-size: .85rem }
  th, td { padding-right: .55rem }
  .bars .ticks div:nth-child(even) span { display: none }
}
@media print { body { padding: 0 } .tile, svg { break-inside: avoid } }
`,
};
