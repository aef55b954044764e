/**
 * The times of the kernels of several runs, added up by node: small enough to cross threads.
 *
 * A run is a sequence of segments: kernels, what lies between them, and for a loop or a condition what lies between the
 * kernels of its body. The runs of one model have the same segments, so each has a usual time even where other programs
 * disturb every run somewhere.
 */
import type { OnnxGraph } from "../../onnx/mod.ts";
import { allNodes } from "../counting/graph_walk.ts";
import { matchKernels } from "./match_kernels.ts";
import type { KernelEvent, ProfiledRun } from "./profile_file.ts";
import { median, usualMean } from "../statistics.ts";

/**
 * Times in microseconds. Lists by node follow {@linkcode allNodes}; the last entry is for unknown kernels. Times of a
 * node are without the kernels inside.
 */
export interface KernelTimes {
  /** The graph that ran. */
  readonly graph: OnnxGraph;
  /** What a node usually takes in a run. */
  readonly usual: readonly number[];
  /** What it took, by node and run. */
  readonly byRun: readonly Float64Array[];
  /** Kernels of one run on average, by node. */
  readonly events: readonly number[];
  /** Kernels directly inside of each node, of one run on average. */
  readonly innerEvents: readonly number[];
  /** Kernels of one run that are not inside another. */
  readonly outerEvents: number;
  /** What usually lies between these. */
  readonly between: number;
  /** From the start of the first kernel to the end of the last, by run. */
  readonly spans: readonly number[];
  /** The element type of each node's first input, as the profiler names it. */
  readonly types: readonly (string | undefined)[];
  /** From the end of one kernel to the start of the next, on average; 0 where none follows another. */
  readonly gap: number;
}

/** The parts of a run, and the nodes that they belong to. */
interface Segments {
  readonly owners: number[];
  readonly microseconds: number[];
  /** Those between the kernels of bodies. */
  readonly gaps: number[];
}

/** The owner of what lies between the outermost kernels. */
const NOBODY = -1;

/** Adds up the kernels of runs. */
export function addUpKernels(graph: OnnxGraph, runs: readonly ProfiledRun[]): KernelTimes {
  const place = new Map([...allNodes(graph)].map((node, index) => [node, index]));
  const events = Array.from({ length: place.size + 1 }, () => 0);
  const innerEvents = events.map(() => 0);
  const types: (string | undefined)[] = events.map(() => undefined);
  const all = runs.map(({ kernels }): Segments => {
    const nodes = new Map<KernelEvent, number>();
    for (const { node, kernel } of matchKernels(graph, kernels)) {
      const at = node ? place.get(node)! : place.size;
      nodes.set(kernel, at);
      types[at] ??= kernel.type;
      events[at] += 1 / runs.length;
      innerEvents[at] += kernel.children.length / runs.length;
    }
    const segments: Segments = { owners: [], microseconds: [], gaps: [] };
    divide(kernels, NOBODY, nodes, segments);
    return segments;
  });
  const byRun = events.map(() => new Float64Array(runs.length));
  all.forEach(({ owners, microseconds }, run) =>
    owners.forEach((owner, segment) => owner >= 0 ? byRun[owner][run] += microseconds[segment] : undefined)
  );
  const usual = byRun.map(() => 0);
  let between = 0;
  const add = (owner: number, microseconds: number) => {
    if (owner >= 0) usual[owner] += microseconds;
    else between += microseconds;
  };
  const [first] = all;
  if (all.every(({ owners }) => sameList(owners, first.owners))) {
    first.owners.forEach((owner, segment) =>
      add(owner, usualMean(all.map(({ microseconds }) => microseconds[segment])))
    );
  } else {
    // What a run does depends on chance: its parts can only be compared by their sums.
    byRun.forEach((times, node) => add(node, usualMean([...times])));
    add(NOBODY, usualMean(all.map((segments) => sumOf(segments, NOBODY))));
  }
  // Between the steps of a loop its own time lies too, but there may be nothing else.
  const outer = runs.flatMap(({ kernels }) => gapsOf(kernels));
  return {
    graph,
    usual,
    byRun,
    events,
    innerEvents,
    outerEvents: runs.reduce((sum, { kernels }) => sum + kernels.length, 0) / runs.length,
    between,
    types,
    spans: runs.map(({ kernels }) => spanOf(kernels)),
    gap: usualGap(outer.length > 0 ? outer : all.flatMap(({ gaps }) => gaps)),
  };
}

/** Kernels, and what lies between them, which belongs to the node that they are inside of. */
function divide(
  kernels: readonly KernelEvent[],
  owner: number,
  nodes: ReadonlyMap<KernelEvent, number>,
  into: Segments,
): void {
  const add = (owner: number, microseconds: number) => {
    into.owners.push(owner);
    into.microseconds.push(microseconds);
  };
  let end: number | undefined;
  for (const kernel of kernels) {
    if (end !== undefined) {
      const gap = Math.max(0, kernel.start - end);
      add(owner, gap);
      if (owner !== NOBODY) into.gaps.push(gap);
    }
    end = kernel.start + kernel.duration;
    const own = nodes.get(kernel)!;
    const { children, start } = kernel;
    if (children.length === 0) {
      add(own, kernel.duration);
    } else {
      const last = children[children.length - 1];
      add(own, Math.max(0, children[0].start - start));
      divide(children, own, nodes, into);
      add(own, Math.max(0, end - last.start - last.duration));
    }
  }
}

function gapsOf(kernels: readonly KernelEvent[]): number[] {
  return kernels.slice(1).map(({ start }, k) => Math.max(0, start - kernels[k].start - kernels[k].duration));
}

function spanOf(kernels: readonly KernelEvent[]): number {
  const last = kernels.at(-1);
  return last ? last.start + last.duration - kernels[0].start : 0;
}

function sumOf({ owners, microseconds }: Segments, owner: number): number {
  return microseconds.reduce((sum, time, segment) => owners[segment] === owner ? sum + time : sum, 0);
}

function sameList(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

/**
 * The most bytes that a run holds for tensors, less those that it held before its first kernel: weights, mostly. That
 * must be a session's first run: later ones get all of it at once. `undefined` where the runtime does not tell.
 */
export function peakBytes(kernels: readonly KernelEvent[]): number | undefined {
  const held = kernels.flatMap(({ memory }) => memory ? [memory] : []);
  if (held.length === 0 || held.length < kernels.length) return undefined;
  return Math.max(...held.map((memory) => memory.held)) - (held[0].held - held[0].added);
}

/** The mean without the interruptions, and without what a loop does between its steps. */
function usualGap(gaps: readonly number[]): number {
  if (gaps.length === 0) return 0;
  const limit = 2 * median(gaps) + 1;
  const usual = gaps.filter((gap) => gap <= limit);
  return usual.reduce((sum, gap) => sum + gap, 0) / usual.length;
}
