/** How many classes the data sets have that networks are trained on. */

/** ImageNet's. TF-slim's own counts have one more, for the background. */
export const IMAGENET = 1000;

/** COCO's category ids run to 90, though ten of them are not used; without the background. */
export const COCO = 90;

/** Pascal VOC's, with the background. */
export const VOC = 21;

/** Those that Cityscapes evaluates. */
export const CITYSCAPES = 19;
