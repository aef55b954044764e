/** `--report` of `segment`, `detect`, `run` and `classify`: what a run found, as one page. */
import { type FileDigest, listDigest } from "../../../core/files/mod.ts";
import type { VideoSource } from "../../../core/video/video_log.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { Lowest } from "../../../models/evaluation/lowest.ts";
import { Spread } from "../../../models/evaluation/spread.ts";
import type {
  ClassCount,
  ClassTally,
  ImageRecord,
  ImageReport,
  PipelineSettings,
} from "../../../models/pipeline/mod.ts";
import { formatPercent, plural } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import {
  barChart,
  type Content,
  dataUri,
  FILTERING,
  formatPage,
  gallery,
  type GalleryItem,
  html,
  htmlTable,
  modelSource,
  type Section,
} from "../../report/mod.ts";
import type { PredictFlags } from "./flags.ts";
import { type FailureRecord, foundIn, placeOf } from "./result_printer.ts";
import { type ClassColors, VideoGallery } from "./video_gallery.ts";

/** What of the flags decides what is shown. */
type GalleryFlags = Pick<PredictFlags, "reportImages" | "reportOrder">;

const BINS = 20;
const MAX_FAILURES = 500;
/** Classes of a table that is not unfolded. */
const MAX_CLASSES = 12;

/** Collects what a run finds; memory grows with the images that are shown, and by a line for each other. */
export class RunGallery {
  readonly #items: GalleryItem[] = [];
  readonly #uncertain: Lowest<GalleryItem>;
  readonly #spread: Spread<GalleryItem>;
  readonly #videos = new VideoGallery();
  readonly #scores = new Uint32Array(BINS);
  readonly #failures: FailureRecord[] = [];
  readonly #digests: FileDigest[] = [];
  #failed = 0;

  /** @param total images of the run; absent where videos are among them, whose frames nobody has counted */
  constructor(readonly flags: GalleryFlags, readonly total: number | undefined) {
    this.#uncertain = new Lowest(flags.reportImages);
    this.#spread = new Spread(flags.reportImages);
  }

  /** Whether the image at a place needs a small image. */
  wants(index: number): boolean {
    const { reportImages, reportOrder } = this.flags;
    const { total } = this;
    if (reportOrder === "uncertain") return reportImages > 0;
    if (total === undefined) return this.#spread.wants(index);
    const place = (k: number) => Math.floor(k * reportImages / total);
    return total <= reportImages || place(index + 1) > place(index);
  }

  /** An image that is done; `index` is its place in the run. */
  add(index: number, record: ImageRecord, { gallery }: ImageReport): void {
    if (gallery === undefined) return;
    if (record.frame !== undefined) this.#videos.add(record);
    else if (gallery.sha256 !== undefined) this.#digests.push({ path: record.file, sha256: gallery.sha256 });
    const scores = record.objects?.map(({ score }) => score) ??
      (gallery.certainty === null ? [] : [gallery.certainty]);
    for (const score of scores) this.#scores[Math.min(BINS - 1, Math.floor(score * BINS))]++;
    if (gallery.thumbnail === undefined || !this.wants(index)) return;
    const item: GalleryItem = {
      name: placeOf(record),
      // A number and its unit stay on one line.
      note: foundIn(record).replaceAll(" %", "\u00a0%"),
      uri: dataUri(gallery.thumbnail, "image/jpeg"),
      classes: classesOf(record),
    };
    if (this.flags.reportOrder === "spread") {
      if (this.total === undefined) this.#spread.add(index, item);
      else this.#items.push(item);
    } // An image in which nothing was found comes after those in which something doubtful was.
    else this.#uncertain.add(item, gallery.certainty ?? 1);
  }

  /** A video was read to its end. */
  endVideo(path: string, source: VideoSource): void {
    this.#videos.end(path, source);
  }

  /** An image that failed. */
  fail(failure: FailureRecord): void {
    this.#failed++;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(failure);
  }

  /** The page as the text of an HTML file. */
  async page(
    tally: ClassTally,
    { title, model, settings, modelDigest, left }: {
      readonly title: string;
      readonly model: RunnableModel;
      readonly settings: PipelineSettings;
      readonly modelDigest: string | undefined;
      /** Images that were not reached. */
      readonly left: number;
    },
  ): Promise<string> {
    const spread = this.flags.reportOrder === "spread";
    const items = !spread
      ? this.#uncertain.items
      : this.total === undefined
      ? this.#spread.items
      : this.#items;
    const noun = nounOf(tally.images, this.#videos.frames);
    const colors = classColors(model, settings);
    const videos = await this.#videos.provenance();
    const sections: Section[] = [
      ...this.#failureSection(),
      ...classSections(tally, colors, noun),
      ...this.#videos.sections(colors.objects, colors.pixels),
      ...this.#scoreSection(settings, noun),
    ];
    if (items.length > 0) {
      const part = items.length < tally.images ? `, ${items.length} of ${tally.images}` : "";
      sections.push({
        title: `${noun[0].toUpperCase()}${noun.slice(1)}${part}`,
        note: spread
          ? part &&
            "Spread evenly over the run. --report-images shows more, --report-order uncertain the doubtful ones."
          : "Those of which the model is least sure, the least sure first.",
        body: gallery(items, noun),
      });
    }
    return formatPage({
      title,
      facts: [["model", model.name], [noun, String(tally.images)]],
      figures: [
        { name: noun, value: String(tally.images) },
        ...(settings.detect ? [{ name: "objects", value: String(sum(tally.objects)) }] : []),
        { name: "failed", value: String(this.#failed) },
      ],
      warnings: left > 0
        ? [
          this.total === undefined
            ? `The run was stopped: ${plural(left, "input")} are not, or not wholly, in it.`
            : `The run was stopped: ${plural(left, "image")} of ${this.total} are not in it.`,
        ]
        : [],
      sections,
      provenance: {
        models: [modelSource(model, modelDigest)],
        data: [
          ...videos.data,
          ...this.#digests.length === 0 && videos.data.length > 0
            ? []
            : [{ what: "images", digest: await listDigest(this.#digests) }],
        ],
        others: videos.facts,
      },
      script: FILTERING,
    });
  }

  #scoreSection({ detect }: PipelineSettings, noun: string): Section[] {
    const counts = [...this.#scores];
    const first = counts.findIndex((count) => count > 0);
    if (first < 0) return [];
    const last = counts.findLastIndex((count) => count > 0);
    const bars = counts.slice(first, last + 1).map((value, k) => ({
      label: `${((first + k) / BINS).toFixed(2)}–${((first + k + 1) / BINS).toFixed(2)}`,
      value,
      text: String(value),
    }));
    return [{
      title: detect ? "Scores of objects" : `Certainty of ${noun}`,
      note: detect
        ? undefined
        : "The mean probability of the class of each pixel, or the probability of the likeliest class of the image.",
      body: barChart(bars, {
        title: "How many have which score",
        // Its quarters are whole numbers.
        max: Math.ceil(Math.max(...counts) / 4) * 4,
      }),
    }];
  }

  #failureSection(): Section[] {
    if (this.#failed === 0) return [];
    const columns: Column<FailureRecord>[] = [
      { title: "file", value: ({ file }) => file },
      {
        title: "reason",
        value: ({ file, error }) => error.replace(`cannot read ${file}: `, "").replace(`${file}: `, ""),
      },
    ];
    const more = this.#failed > this.#failures.length ? `, the first ${this.#failures.length}` : "";
    return [{ title: `Failed: ${this.#failed}${more}`, body: htmlTable(this.#failures, columns) }];
  }
}

function classesOf({ objects = [], classes = [], top = [] }: ImageRecord): string[] {
  const large = classes.filter(({ share }) => share >= 0.005).map(({ name }) => name);
  return [
    ...new Set([...objects.map((object) => object.class), ...large, ...top.slice(0, 1).map((t) => t.class)]),
  ];
}

/** The colours of the classes of objects and of pixels. */
interface ColorsOfClasses {
  readonly objects: ClassColors;
  readonly pixels: ClassColors;
}

function classColors(
  { labels }: RunnableModel,
  { segment, boxColors }: PipelineSettings,
): ColorsOfClasses {
  const objects = labels.detect?.map(({ name }, index) => [name, boxColors?.[index]] as const);
  const pixels = labels.segment?.map((label, id) =>
    [label.name, segment?.palette?.[id] ?? label.color] as const
  );
  return { objects: new Map(objects), pixels: new Map(pixels) };
}

/** What is counted, in the plural. */
function nounOf(all: number, frames: number): string {
  return frames === 0 ? "images" : frames === all ? "frames" : "images and frames";
}

function classSections(tally: ClassTally, { objects, pixels }: ColorsOfClasses, noun: string): Section[] {
  const images: Column<ClassCount> = { title: noun, value: (row) => row.images };
  const name: Column<ClassCount> = { title: "class", value: (row) => row.name };
  const tables = [
    table(tally.objects, [name, { title: "objects", value: (row) => row.count }, images], objects),
    table(tally.pixelClasses, [
      name,
      { title: "of all pixels", value: (row) => row.count / tally.pixels, format: formatPercent },
      images,
    ], pixels),
    table(tally.best, [name, images]),
  ];
  return [{ title: "Classes", body: html`<div class="side">${tables}</div>` }];
}

/** The most frequent classes; the others can be unfolded. */
function table(
  rows: readonly ClassCount[],
  columns: readonly Column<ClassCount>[],
  colors?: ClassColors,
): Content {
  if (rows.length === 0) return null;
  const part = (some: readonly ClassCount[]) =>
    htmlTable(some, columns, { swatch: (row) => colors?.get(row.name) });
  const others = rows.slice(MAX_CLASSES);
  return html`
    <div>
    ${part(rows.slice(0, MAX_CLASSES))}
    ${others.length === 0
      ? null
      : html`<details><summary>${plural(others.length, "more class", "more classes")}</summary>${
        part(others)
      }</details>`}
    </div>
  `;
}

function sum(rows: readonly ClassCount[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
