/** Searching networks for the latency that this machine has. */
export {
  type EvolutionOptions,
  evolve,
  type Judged,
  paretoFront,
  rewardOf,
  type RewardRule,
} from "./evolve.ts";
export { naswot } from "./naswot.ts";
export { disturbedRows, type SearchRow } from "./result.ts";
export * from "./search.ts";
export * from "./space.ts";
export {
  type ScoredPaperNetwork,
  type Scores,
  SCORES_OF,
  STAND_INS,
  type StandIn,
  type StandInName,
} from "./stand_in.ts";
export { zenScore } from "./zen.ts";
