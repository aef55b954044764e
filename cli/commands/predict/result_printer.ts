import type { DescribedObject, ImageRecord } from "../../../models/pipeline/mod.ts";
import { formatPercent } from "../../console/format.ts";
import { oneLine, printableJson } from "../../console/output.ts";
import { resultLine } from "../../console/result_line.ts";
import type { Context } from "../../context.ts";
import type { ResultFlags } from "../../flags/mod.ts";
import type { RunTotals } from "./totals.ts";

/** An image that failed, as JSON. */
export interface FailureRecord {
  readonly file: string;
  readonly error: string;
}

const SEPARATOR = ",\n";

/**
 * Prints results on stdout as they come, so that memory does not grow with their number: lines of text, lines
 * of JSON, or the parts of one JSON object.
 */
export class ResultPrinter {
  /** Printed before the next record, so that nothing is printed while there are no results. */
  #before: string;

  constructor(readonly context: Context, readonly flags: ResultFlags, model: string) {
    this.#before = `{\n"model": ${printableJson(model)},\n"images": [\n`;
  }

  /** An image that is done. */
  image(record: ImageRecord): void {
    if (this.flags.json || this.flags.jsonl) this.#record(record);
    else this.context.print(this.#line(record));
  }

  /** An image that failed; without JSON, it is reported on stderr only. */
  failure(record: FailureRecord): void {
    if (this.flags.json || this.flags.jsonl) this.#record(record);
  }

  /** Ends the JSON object. */
  close(totals: RunTotals): void {
    if (!this.flags.json) return;
    const { images, failed, skipped, seconds, stages } = totals;
    const summary = { images, failed, skipped, seconds: Number(seconds.toFixed(3)), milliseconds: stages };
    const end = this.#before === SEPARATOR ? "\n" : this.#before;
    this.context.print(`${end}],\n"summary": ${printableJson(summary)}\n}`);
  }

  /** One line, whatever reads it; on a terminal as many as it takes. */
  #line(record: ImageRecord): string {
    const { isTerminal, columns } = this.context.stdout;
    const [place, found] = [placeOf(record), foundIn(record)].map(oneLine);
    return isTerminal ? resultLine(place, found, columns()) : `${place}: ${found}`;
  }

  #record(record: ImageRecord | FailureRecord): void {
    if (this.flags.jsonl) return this.context.printJsonLine(record);
    this.context.stdout.write(`${this.#before}${printableJson(record)}`);
    this.#before = SEPARATOR;
  }
}

/** `bus.jpg`, `film.mp4 frame 12`, `torn.jpg (damaged)`. */
export function placeOf({ file, frame, notes }: ImageRecord): string {
  const damaged = notes?.some(({ kind }) => kind === "damaged") ? " (damaged)" : "";
  return `${frame === undefined ? file : `${file} frame ${frame}`}${damaged}`;
}

/** `4 person, 1 bus; road 34 %, building 20 %`. */
export function foundIn({ objects, classes, top }: ImageRecord): string {
  const parts: string[] = [];
  if (top) parts.push(top.map(({ class: name, score }) => `${name} ${formatPercent(score)}`).join(", "));
  if (objects) parts.push(countObjects(objects) || "no objects");
  if (classes) {
    const largest = [...classes].sort((a, b) => b.pixels - a.pixels).filter(({ share }) => share >= 0.005);
    parts.push(
      largest.map(({ name, share }) => `${name} ${formatPercent(share)}`).join(", ") || "no classes",
    );
  }
  return parts.join("; ");
}

/** `4 person, 1 bus`, the most frequent class first. */
function countObjects(objects: readonly DescribedObject[]): string {
  const counts = new Map<string, number>();
  for (const { class: name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${name}`).join(", ");
}
