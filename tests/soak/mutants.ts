/** Thousands of damaged pictures through the whole program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { generator } from "../support/random.ts";
import { spawnCli } from "../support/run_cli.ts";
import { testPicture } from "../support/test_picture.ts";
import { largestMemory } from "./memory_of.ts";
import { inTemporaryFolder } from "./pictures.ts";

/** How much to do. */
export interface MutantOptions {
  readonly count: number;
  readonly seed?: number;
  /** For `--max-pixels`. */
  readonly maxPixels?: number;
}

/** What came of it. */
export interface MutantResult {
  readonly done: number;
  /** The reasons of those that were refused, without names and numbers, with how many there were of each. */
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds of the slowest that was done. */
  readonly slowest: number;
  /** The largest resident memory that was seen, in bytes. */
  readonly memory: number;
}

/** No file may keep a worker busy for longer. */
const SECONDS = 10;

/**
 * Segments and detects `count` damaged JPEG, PNG, WebP and TIFF files in one run.
 *
 * @throws {AssertionError} when the program ends in another way than it should, leaves a file out, takes longer than ten
 * seconds over one, or says of one what is not a line for users.
 */
export function runMutants({ count, seed = 1, maxPixels }: MutantOptions): Promise<MutantResult> {
  return inTemporaryFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "photos"));
    const originals = await healthyFiles();
    const random = generator(seed);
    for (let i = 0; i < count; i++) {
      const [extension, bytes] = originals[i % originals.length];
      await Deno.writeFile(join(cwd, `photos/${i}.${extension}`), mutate(bytes, random));
    }
    const limits = ["--timeout", String(SECONDS), ...maxPixels ? ["--max-pixels", String(maxPixels)] : []];
    const child = spawnCli(
      ["run", "photos", "-o", "out", "--save", "ids,json", "--size", "64", "--jsonl", "-q", ...limits],
      { cwd },
    );
    await child.stdin.close();
    const memory = largestMemory(child);
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    assert.ok(code === 0 || code === 1, `exit status ${code}: ${decoder.decode(stderr)}`);
    assert.doesNotMatch(decoder.decode(stderr), /internal error|unexpected|\.ts:\d+/);

    const lines = decoder.decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, count);
    const refused: Record<string, number> = {};
    let slowest = 0;
    for (const { error, file, milliseconds } of lines) {
      if (error === undefined) {
        const stages: number[] = Object.values(milliseconds);
        slowest = Math.max(slowest, stages.reduce((sum, stage) => sum + stage));
        continue;
      }
      assert.match(error, new RegExp(`^cannot read ${file}: [^\\n]{1,300}$`));
      const reason = error.slice(`cannot read ${file}: `.length).replace(/\(.*\)|\d+/g, "…");
      refused[reason] = (refused[reason] ?? 0) + 1;
    }
    const failed = Object.values(refused).reduce((sum, number) => sum + number, 0);
    return { done: count - failed, refused, slowest, memory: await memory };
  });
}

/** Small pictures in every form that the formats have. */
async function healthyFiles(): Promise<[extension: string, bytes: Uint8Array][]> {
  const { width, height, data } = testPicture(120, 90);
  const picture = () => sharp(data, { raw: { width, height, channels: 3 } });
  const files: [string, ReturnType<typeof sharp>][] = [
    ["jpg", picture().jpeg()],
    ["png", picture().png()],
    ["webp", picture().webp()],
    ["tiff", picture().tiff({ compression: "lzw" })],
    ["jpg", picture().jpeg({ progressive: true }).withExif({ IFD0: { Orientation: "6" } })],
    ["png", picture().png({ palette: true })],
    ["webp", picture().webp({ lossless: true })],
    ["tiff", picture().tiff({ compression: "deflate", predictor: "horizontal" })],
    ["jpg", picture().toColourspace("cmyk").jpeg()],
    ["png", picture().ensureAlpha(0.5).png({ progressive: true })],
    ["webp", picture().ensureAlpha(0.5).webp()],
    ["tiff", picture().tiff({ compression: "jpeg", tile: true, tileWidth: 64, tileHeight: 64 })],
  ];
  const encoded: [string, Uint8Array][] = [];
  for (const [extension, file] of files) encoded.push([extension, new Uint8Array(await file.toBuffer())]);
  return encoded;
}

/** What breaks length fields and sizes. */
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

/** A copy with one to three kinds of damage, half of them in the header. */
function mutate(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = original.slice();
  const below = (bound: number) => Math.floor(random() * bound);
  for (let left = 1 + below(3); left > 0; left--) {
    const at = below(random() < 0.5 ? Math.min(200, bytes.length) : bytes.length);
    switch (below(6)) {
      case 0:
        bytes[at] ^= 1 << below(8);
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2: {
        const width = [1, 2, 4][below(3)];
        if (at + width > bytes.length) break;
        const value = NASTY[below(NASTY.length)];
        const littleEndian = random() < 0.5;
        const view = new DataView(bytes.buffer);
        if (width === 1) view.setUint8(at, value);
        else if (width === 2) view.setUint16(at, value, littleEndian);
        else view.setUint32(at, value, littleEndian);
        break;
      }
      case 3: // Repeats a part.
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(Math.max(0, at - below(64))));
        break;
      case 4: // Leaves a part out.
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + below(64)));
        break;
      case 5:
        if (random() < 0.3) bytes = bytes.slice(0, at);
    }
  }
  return original[0] === PNG_FIRST_BYTE && random() < 0.8 ? withMendedChecksums(bytes) : bytes;
}

const PNG_FIRST_BYTE = 0x89;

/** The PNG with a right checksum for each chunk, without which nothing behind the checksums would be tried. */
function withMendedChecksums(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer);
  for (let at = 8; at + 12 <= png.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) break;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  return png;
}
