/** Profiling networks by name, models and files, and the tables of the MobileNetV3 paper on this machine. */
export { compareSubjects, profileLayers } from "../../core/profile/mod.ts";
export * from "./effect.ts";
export * from "./paper.ts";
export * from "./subject.ts";
export * from "./machine_peaks.ts";
