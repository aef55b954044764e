/**
 * Labels of other tools: labelme, CVAT, Pascal VOC and YOLO, as COCO's annotations or as label maps.
 *
 * @module
 */
export { asAnnotations, asResults } from "./as_coco.ts";
export { readCvat } from "./cvat.ts";
export { type DrawnSet, readDrawnSet } from "./drawn_set.ts";
export { readLabelledDetections, readLabelledTruth, readLabels } from "./label_files.ts";
export {
  areaOfParts,
  boxAround,
  drawLabels,
  type DrawnLabels,
  type LabelledBox,
  type LabelledImage,
  type LabelledObject,
  type LabelledPart,
  type LabelledSet,
  maskOfParts,
} from "./labelled_image.ts";
export { parseLabelme, readLabelme } from "./labelme.ts";
export { readVocXml } from "./voc_xml.ts";
export { readYolo, readYoloDetections, type YoloDetection } from "./yolo.ts";
