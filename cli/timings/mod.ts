/** `--timings`: where the time of a command went. */
export { StageTimer, type StageTimes, timingHooks } from "./stage_timer.ts";
