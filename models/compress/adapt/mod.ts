/** Making networks faster on this machine by removing channels (NetAdapt). */
export {
  type AdaptCard,
  type AdaptedFile,
  adaptedModel,
  encodeAdapted,
  isAdaptedFile,
  readAdapted,
} from "./adapted_file.ts";
export { type Adapted, runAdapt } from "./adapt.ts";
export type { AdaptListener, AdaptRun, StopReason } from "./adaptation.ts";
export type { Baseline } from "./baselines.ts";
export { baseGraph } from "./base.ts";
export { type ChannelRow, channelRows } from "./channel_rows.ts";
export { type CandidateScorer, type EvaluationData, openScorer } from "./evaluation.ts";
export { adaptedContent } from "./adapted_content.ts";
export { type AdaptOptions, type AdaptPlan, type LatencyTarget, planAdapt } from "./plan.ts";
export type { StepRecord } from "./state.ts";
