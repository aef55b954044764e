/**
 * Images and label maps: reading, writing, colouring, drawing.
 *
 * @module
 */
export { DEFAULT_MAX_PIXELS, fullSize, readImageFile } from "./image.ts";
export type { DecodedImage, DecodeOptions, ImageSize, LabelMap, PlacedMask, RgbImage } from "./image.ts";
export { isReduced } from "./reduced_decode.ts";
export { claimedSize } from "./formats/claimed_size.ts";
export type { ClaimedSize } from "./formats/claimed_size.ts";
export { type ImageNote, ImageNotes } from "./notes.ts";
export { decodeImage, readImage } from "./decode.ts";
export { encodeRgbImage, encodeTransparentPng } from "./encode.ts";
export type { EncodeOptions } from "./encode.ts";
export { type LabelColors, labelColors } from "./label_colors.ts";
export { type LabelMapOptions, readLabelMap } from "./label_map.ts";
export { decodeLabelMap, encodeGreyPng, encodeLabelPng } from "./label_png.ts";
export { boxColor, classColor, extendPalette, textColor } from "./palette.ts";
export type { Color, Palette } from "./palette.ts";
export { blendOverlay, colorize, paintMask } from "./blend.ts";
export type { OverlayOptions } from "./blend.ts";
export { resizeImage } from "./resize.ts";
export type { ResizeArithmetic, ResizeFilter } from "./resize.ts";
export { resizeLikeOpenCv } from "./resize_opencv.ts";
export { mirrorImage } from "./mirror.ts";
export { crop } from "./crop.ts";
export type { Box } from "./crop.ts";
export { drawBoxes } from "./draw.ts";
export type { LabelledBox } from "./draw.ts";
export { contrastPalette } from "./contrast_palette.ts";
export { type LegendEntry, withLegendStrip, withRegionLabels } from "./legend.ts";
