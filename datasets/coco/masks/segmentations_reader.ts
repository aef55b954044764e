/**
 * Reads the `segmentation` property of COCO files in each of its forms.
 *
 * @module
 */
import { byteColumn, float64Column, uint32Column } from "../files/columns.ts";
import { type JsonCursor, keyTable } from "../json/json_cursor.ts";
import { type Rle, rleArea, rleBox } from "./rle.ts";
import { decompressInto, MAX_PIXELS, pushCompressed } from "./rle_string.ts";
import { SegmentationKind, type Segmentations } from "./segmentations.ts";

/** Corners farther out than this many pixels are an error: walking there would take minutes. */
const MAX_CORNER = 1e6;

/** Fewer are not even two corners and a half, the least that pycocotools takes for a polygon. */
const MIN_POLYGON_NUMBERS = 5;

const MASK_KEYS = keyTable("size", "counts");
const SIZE = 0, COUNTS = 1;

/**
 * Collects segmentations, one row for each entry of a list. Reading an entry can be interrupted by the end of
 * the cursor's window and begin again, so a row lasts only after {@linkcode SegmentationsReader.commit}.
 */
export class SegmentationsReader {
  readonly #kind = byteColumn();
  readonly #size = uint32Column();
  readonly #area = float64Column();
  readonly #box = float64Column();
  readonly #partStart = uint32Column();
  readonly #byteStart = uint32Column();
  readonly #parts = uint32Column();
  readonly #corners = float64Column();
  readonly #bytes = byteColumn();

  // The row being read.
  #pending: number = SegmentationKind.none;
  #height = 0;
  #width = 0;
  readonly #pendingBox = new Float64Array(4);
  #pendingArea = 0;
  #countsAs: "none" | "list" | "text" = "none";
  readonly #numbers = float64Column();
  #scratch = new Uint32Array(1024);
  #pendingShortParts = 0;
  #rowsWithShortParts = 0;

  /** With `pycocotoolsCompat`, polygons that pycocotools does not take are an error. */
  constructor(private readonly pycocotoolsCompat = false) {
    this.#partStart.push(0);
    this.#byteStart.push(0);
    this.#parts.push(0);
  }

  /** Begins a row, or begins it again. */
  begin(): void {
    const rows = this.#kind.length;
    this.#parts.length = this.#partStart.values[rows] + 1;
    this.#corners.length = this.#parts.values[this.#parts.length - 1];
    this.#bytes.length = this.#byteStart.values[rows];
    this.#pending = SegmentationKind.none;
    this.#height =
      this.#width =
      this.#pendingArea =
      this.#pendingShortParts =
        0;
    this.#pendingBox.fill(0);
  }

  /** How many of the rows kept have polygons of fewer than {@linkcode MIN_POLYGON_NUMBERS} numbers. */
  get rowsWithShortParts(): number {
    return this.#rowsWithShortParts;
  }

  /** Whether the row being read has a segmentation; an empty one is none. */
  get found(): boolean {
    return this.#pending !== SegmentationKind.none;
  }

  /** Whether the row being read has compressed run lengths, the only form that pycocotools measures. */
  get compressed(): boolean {
    return this.#pending === SegmentationKind.runs && this.#countsAs === "text";
  }

  /**
   * Reads the value at the cursor: a list of polygons `[[x, y, …], …]`, run lengths `{size: [h, w], counts:
   * [n, …]}` or compressed ones `{size: [h, w], counts: "…"}`. Null, an empty list and an empty object are no mask.
   *
   * Polygons of fewer than five numbers enclose nothing and are left out; where they are all there is, there is no
   * mask. pycocotools draws them as nothing too, but refuses a list that begins with one.
   */
  read(cursor: JsonCursor): void {
    this.begin();
    if (cursor.atList()) this.#readPolygons(cursor);
    else if (cursor.atObject()) this.#readMask(cursor);
    else if (cursor.null()) return;
    else cursor.fieldError("segmentation", `is ${cursor.describe()}, not polygons or run lengths`);
  }

  /** Gives the row being read run lengths that are known to be right. */
  addRuns({ height, width, counts }: Rle): void {
    pushCompressed(counts, (byte) => this.#bytes.push(byte));
    this.#height = height;
    this.#width = width;
    this.#measure(counts, counts.length);
    this.#pending = SegmentationKind.runs;
  }

  /** Keeps the row. */
  commit(): void {
    if (this.#pendingShortParts > 0) this.#rowsWithShortParts++;
    this.#kind.push(this.#pending);
    this.#size.push(this.#height);
    this.#size.push(this.#width);
    this.#area.push(this.#pendingArea);
    for (let i = 0; i < 4; i++) this.#box.push(this.#pendingBox[i]);
    this.#partStart.push(this.#parts.length - 1);
    this.#byteStart.push(this.#bytes.length);
  }

  /** The rows that were kept. */
  finish(): Segmentations {
    this.begin();
    return {
      kind: this.#kind.finish(),
      size: this.#size.finish(),
      area: this.#area.finish(),
      box: this.#box.finish(),
      partStart: this.#partStart.finish(),
      byteStart: this.#byteStart.finish(),
      parts: this.#parts.finish(),
      corners: this.#corners.finish(),
      bytes: this.#bytes.finish(),
    };
  }

  #readPolygons(cursor: JsonCursor): void {
    const corners = this.#corners;
    let kept = 0;
    const readCorner = () => {
      const value = cursor.number("segmentation");
      if (Math.abs(value) > MAX_CORNER) cursor.fieldError("segmentation", `has a corner at ${value}`);
      corners.push(value);
    };
    const polygons = cursor.list((part) => {
      if (!cursor.atList()) {
        cursor.fieldError("segmentation", "is not a list of polygons [[x, y, …], …]");
      }
      const numbers = cursor.list(readCorner);
      if (numbers >= MIN_POLYGON_NUMBERS) {
        this.#parts.push(corners.length);
        kept++;
        return;
      }
      if (part === 0 && this.pycocotoolsCompat) {
        cursor.fieldError("segmentation", `begins with a polygon of ${numbers} numbers`);
      }
      corners.length -= numbers;
      this.#pendingShortParts++;
    });
    if (polygons === 0 && this.pycocotoolsCompat) cursor.fieldError("segmentation", "is empty");
    if (kept > 0) this.#pending = SegmentationKind.polygons;
  }

  #readMask(cursor: JsonCursor): void {
    this.#countsAs = "none";
    let sizes = 0;
    const readCount = () => this.#numbers.push(cursor.integer("segmentation.counts"));
    const readSize = (i: number) => {
      const size = cursor.integer("segmentation.size");
      if (size < 0) cursor.fieldError("segmentation.size", `is ${size} pixels`);
      if (i === 0) this.#height = size;
      else if (i === 1) this.#width = size;
    };
    cursor.object(() => {
      const key = cursor.key(MASK_KEYS);
      if (key === SIZE) {
        if (!cursor.atList()) cursor.fieldError("segmentation.size", "is not [height, width]");
        sizes = cursor.list(readSize);
      } else if (key === COUNTS && cursor.atText()) {
        this.#countsAs = "text";
        this.#bytes.length = this.#byteStart.values[this.#kind.length];
        cursor.asciiInto("segmentation.counts", this.#bytes);
      } else if (key === COUNTS) {
        if (!cursor.atList()) {
          cursor.fieldError("segmentation.counts", `is ${cursor.describe()}, not run lengths`);
        }
        this.#countsAs = "list";
        this.#numbers.length = 0;
        cursor.list(readCount);
      } else cursor.skip();
    });
    if (sizes === 0 && this.#countsAs === "none" && !this.pycocotoolsCompat) return;
    // pycocotools looks at the first two, so the channels of an array's shape may follow.
    if (sizes < 2) {
      cursor.fieldError("segmentation.size", sizes === 0 ? "is missing" : "is not [height, width]");
    }
    if (this.#height * this.#width > MAX_PIXELS) {
      cursor.fieldError("segmentation.size", `of ${this.#height}×${this.#width} pixels is too large`);
    }
    if (this.#countsAs === "none") cursor.fieldError("segmentation.counts", "is missing");
    this.#checkCounts(cursor);
    this.#pending = SegmentationKind.runs;
  }

  #checkCounts(cursor: JsonCursor): void {
    const start = this.#byteStart.values[this.#kind.length];
    if (this.#countsAs === "list") {
      for (const count of this.#numbers.values.subarray(0, this.#numbers.length)) {
        if (count < 0 || count > MAX_PIXELS) {
          cursor.fieldError("segmentation.counts", `has a run of ${count}`);
        }
      }
      pushCompressed(
        this.#numbers.values.subarray(0, this.#numbers.length),
        (byte) => this.#bytes.push(byte),
      );
    }
    const length = this.#bytes.length - start;
    if (this.#scratch.length < length) this.#scratch = new Uint32Array(2 * length);
    const counts = decompressInto(this.#bytes.values, start, start + length, this.#scratch, 0);
    if (counts < 0) cursor.fieldError("segmentation.counts", this.#invalidCounts(start));
    let pixels = 0;
    for (let i = 0; i < counts; i++) pixels += this.#scratch[i];
    // No counts at all are a mask of nothing, as in pycocotools.
    if (counts > 0 && pixels !== this.#height * this.#width) {
      const size = `${this.#height}×${this.#width}`;
      cursor.fieldError("segmentation.counts", `adds up to ${pixels} pixels, but the size is ${size}`);
    }
    this.#measure(this.#scratch, counts);
  }

  /** What is wrong with compressed run lengths, and what they probably are. */
  #invalidCounts(start: number): string {
    const text = String.fromCharCode(
      ...this.#bytes.values.subarray(start, Math.min(this.#bytes.length, start + 100)),
    );
    const why = /^b['"]/.test(text)
      ? ": it is how Python prints bytes; write counts.decode() to the file"
      : /^[\s[\d,]*\d[\s,][\s\d,]*\]?$/.test(text)
      ? ": run lengths that are not compressed are a list of numbers, not a text"
      : "";
    return `is not valid compressed run lengths${why}`;
  }

  #measure(counts: Uint32Array, length: number): void {
    this.#pendingArea = rleArea(counts, 0, length);
    rleBox(counts, 0, length, this.#height, this.#width, this.#pendingBox, 0);
  }
}
