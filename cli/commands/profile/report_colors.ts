/** The colours of the two quantities in every chart. */
import type { Color } from "../../../core/images/mod.ts";

/** Milliseconds. */
export const TIME_COLOR: Color = [37, 99, 168];

/** Multiply-adds. */
export const MADDS_COLOR: Color = [222, 143, 36];
