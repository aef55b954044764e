/** `--timings`: where the time of a command went. */
export { formatStages, type StageRow, stageRows, type StageSums } from "./stage_table.ts";
export { namedStages, StageTimer, type StageTimes, timingHooks } from "./stage_timer.ts";
