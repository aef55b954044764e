/** What `segment`, `detect`, `run` and `classify` say about an image as a line of text. */
import type { DescribedObject, ImageRecord } from "../../../models/pipeline/mod.ts";
import { formatPercent } from "../../console/format.ts";

/** One line: `bus.jpg: 4 person, 1 bus; road 34 %, building 20 %`. */
export function imageLine({ file, objects, classes, top }: ImageRecord): string {
  const parts: string[] = [];
  if (top) parts.push(top.map(({ class: name, score }) => `${name} ${formatPercent(score)}`).join(", "));
  if (objects) parts.push(countObjects(objects) || "no objects");
  if (classes) {
    const largest = [...classes].sort((a, b) => b.pixels - a.pixels).filter(({ share }) => share >= 0.005);
    parts.push(
      largest.map(({ name, share }) => `${name} ${formatPercent(share)}`).join(", ") || "no classes",
    );
  }
  return `${file}: ${parts.join("; ")}`;
}

/** `4 person, 1 bus`, the most frequent class first. */
function countObjects(objects: readonly DescribedObject[]): string {
  const counts = new Map<string, number>();
  for (const { class: name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${name}`).join(", ");
}
