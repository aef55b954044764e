import type { Color } from "../../core/images/mod.ts";

/** `rgb(128 64 128)`. */
export function cssColor([red, green, blue]: Color): string {
  return `rgb(${red} ${green} ${blue})`;
}
