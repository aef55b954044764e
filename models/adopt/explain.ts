/** What an adopted file takes and returns, in words. */
import type { InputSize } from "../input_size.ts";
import type { AdoptedGraph, Task, Tasks } from "../network.ts";

/** Words for the size that images get. */
export function sizeText(size: InputSize): string {
  if (size.kind === "exact") return `${size.height}×${size.width}`;
  const limit = size.kind === "shorter" && size.max !== undefined ? `, the longer at most ${size.max}` : "";
  return `the ${size.kind} side ${size.pixels}${limit}`;
}

/** Words for how an image becomes the input of a graph, a part each. */
export function inputText({ input }: AdoptedGraph): string[] {
  const { fit, filter, padding, channels, mean, std, layout, elementType, batch } = input;
  const isPadded = fit === "letterbox" || fit === "pad";
  return [
    fit,
    ...(fit === "none" ? [] : [`filter ${filter}`]),
    ...(input.fitRounding === "down" ? ["fractions of sides cut off"] : []),
    ...(isPadded ? [`padding ${padding.value} (${padding.place})`] : []),
    channels,
    `minus ${mean.join(" ")}, divided by ${std.join(" ")}`,
    `${elementType} ${layout}${batch > 1 ? `, batches of ${batch}` : ""}`,
  ];
}

/** Words for how the outputs of each task are read: the kind, its settings, and the names in the graph. */
export function outputTexts(tasks: Tasks, adopted: AdoptedGraph | undefined): string[] {
  return (Object.entries(tasks) as [Task, NonNullable<Tasks[Task]>][]).map(([task, { head }]) => {
    const { kind, ...settings } = head.spec as { readonly kind: string } & Record<string, unknown>;
    const parts = Object.entries(settings)
      .filter(([, value]) => typeof value !== "object")
      .map(([name, value]) => `${name} ${value}`);
    const from = Object.entries(adopted?.outputs ?? {})
      .filter(([name]) => name.startsWith(`${task}.`))
      .map(([, output]) => output.slice(0, 100));
    return `${task}: ${[kind, ...parts].join(", ")}${from.length > 0 ? `; from ${from.join(", ")}` : ""}`;
  });
}
