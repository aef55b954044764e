/** The stages of an image on its way through a model, as times, tables and JSON call them. */

/** The stages in their order. */
export const STAGES = [
  /** Reading the file. */
  "read",
  /** From its bytes to pixels. */
  "decode",
  /** To the size of the network's input. */
  "resize",
  /** The network. */
  "infer",
  /** From the network's outputs to boxes and labels. */
  "post",
  /** Drawing and encoding what is saved. */
  "encode",
  /** Writing it. */
  "write",
] as const;

/** One of {@linkcode STAGES}. */
export type Stage = typeof STAGES[number];

/** Where the time of one image went, in milliseconds. */
export type StageTimes = Readonly<Record<Stage, number>>;

/** Stage times from the time of each. */
export function eachStage(time: (stage: Stage) => number): StageTimes {
  return Object.fromEntries(STAGES.map((stage) => [stage, time(stage)])) as StageTimes;
}
