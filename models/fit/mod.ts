/** Fitting heads to your own classes, on top of the embedded backbone. */
export { type ClassFolders, readClassFolders } from "./class_folders.ts";
export {
  type FitClass,
  type FitData,
  type FitImage,
  inspectFolders,
  inspectMasks,
  type InspectOptions,
  pairMasks,
  totalPixels,
  type ValidationSource,
} from "./data.ts";
export { fitCard } from "./fit_card.ts";
export { estimateFit, type FitEstimate } from "./estimate.ts";
export { type FitListener, type FitOptions, type FitPlan, planFit, runFit } from "./fit.ts";
export { encodeFitted, type FitCard, fittedModel, isFittedFile, readFitted } from "./fitted_file.ts";
export { defaultRecipe, type Recipe, type RecipeChoices, type Stage, type Tune } from "./recipe.ts";
export type { Trained } from "./train.ts";
export type { StepReport } from "./training_work.ts";
export type { LogEntry } from "./training_state.ts";
export type { Validation } from "./validate.ts";
export { type WorstImage, worstImages } from "./worst_images.ts";
