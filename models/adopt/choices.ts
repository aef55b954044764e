/** What can be said of files that others exported: how images become their input, and how their outputs are read. */

/**
 * How an image gets the size of the input: stretched, without regard to its aspect; resized so that it fits and then padded
 * (`letterbox`); padded at the right or below to the aspect of the input and then resized (`pad`); or not at all.
 */
export const FITS = ["stretch", "letterbox", "pad", "none"] as const;

/** How pixels are interpolated: as `cv2.resize` does with `INTER_LINEAR`, as Pillow, or as torchvision does tensors of bytes. */
export const INPUT_FILTERS = [
  "opencv",
  "bilinear",
  "bicubic",
  "torchvision-bilinear",
  "torchvision-bicubic",
] as const;

/** Where a letterboxed image lies. */
export const PADDING_PLACES = ["centre", "corner"] as const;

/**
 * How halves are rounded: to the even pixel, as torchvision's crops and ultralytics' sides; or down, as crops of Hugging Face,
 * and with them all fractions of YOLOX's sides.
 */
export const CROP_ROUNDINGS = ["even", "down"] as const;

/** The order of the channels. */
export const CHANNEL_ORDERS = ["rgb", "bgr"] as const;

/** The order of the axes; torchvision's detectors take single images, `CHW`. */
export const LAYOUTS = ["NCHW", "NHWC", "CHW"] as const;

/** The element types that an input may have. */
export const INPUT_TYPES = ["float32", "float16", "uint8"] as const;

/** The kinds of a detector's outputs that can be asked for, as their specs call them. */
export const DETECTION_KINDS = [
  "yolo-v5",
  "yolo-v8",
  "yolox",
  "nanodet",
  "final-rows",
  "final-columns",
  "final-dets",
  "scored-boxes",
  "detr",
  "detr-rows",
] as const;
