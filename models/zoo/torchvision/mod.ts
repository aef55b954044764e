/** torchvision 0.21: its networks under its own names. */
import type { ZooProject } from "../../networks/project.ts";
import { CLASSIFIER_FAMILIES, CLASSIFIER_WEIGHTS, CLASSIFIERS } from "./classification.ts";
import { DENSE_FAMILIES, DENSE_NETWORKS, DENSE_WEIGHTS } from "./dense_prediction.ts";

/** Classifiers, the detector and the segmentation networks. */
export const TORCHVISION: ZooProject = {
  name: "torchvision",
  networks: [...CLASSIFIERS, ...DENSE_NETWORKS],
  families: [...CLASSIFIER_FAMILIES, ...DENSE_FAMILIES],
  weights: [...CLASSIFIER_WEIGHTS, ...DENSE_WEIGHTS],
};
