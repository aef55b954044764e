/**
 * Images on a terminal: by the protocols of kitty and of sixel where the terminal says that it knows one, else as
 * coloured half blocks.
 *
 * @module
 */
import type { RgbImage } from "../../core/images/mod.ts";

/** How a terminal shows images. */
export type ImageProtocol = "kitty" | "sixel" | "blocks";

/** Asks for kitty's graphics, then for the kind of terminal, which every terminal answers. */
export const IMAGE_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c";

/** The end of the answer to {@linkcode IMAGE_QUERY}: the kind of terminal, whose attribute 4 is sixel. */
// deno-lint-ignore no-control-regex
export const ANSWER_END = /\x1b\[\?([\d;]*)c/;

/** What an answer to {@linkcode IMAGE_QUERY} says; `undefined` and anything else is half blocks. */
export function protocolOf(answer: string | undefined): ImageProtocol {
  if (answer === undefined) return "blocks";
  // deno-lint-ignore no-control-regex
  if (/\x1b_Gi=31;OK/.test(answer)) return "kitty";
  return answer.match(ANSWER_END)?.[1].split(";").slice(1).includes("4") ? "sixel" : "blocks";
}

/** The image as text to write to the terminal, ending with a line break. `columns` limits half blocks. */
export function terminalImage(image: RgbImage, protocol: ImageProtocol, columns: number): string {
  switch (protocol) {
    case "kitty":
      return kitty(image);
    case "sixel":
      return sixel(image);
    case "blocks":
      return halfBlocks(image, columns);
  }
}

/** The upper half of a cell in the colour of the text, the lower in that of the background. */
function halfBlocks({ width, height, data }: RgbImage, columns: number): string {
  const cells = Math.max(1, Math.min(columns, width));
  const rows = Math.max(1, Math.round(height * cells / width / 2));
  // The mean of the pixels that a half stands for.
  const color = (x: number, y: number): string => {
    const [left, right] = [x, x + 1].map((edge) => Math.floor(edge * width / cells));
    const [top, bottom] = [y, y + 1].map((edge) => Math.floor(edge * height / (rows * 2)));
    const sums = [0, 0, 0];
    const [lastX, lastY] = [Math.max(right, left + 1), Math.max(bottom, top + 1)];
    for (let v = top; v < lastY; v++) {
      for (let u = left; u < lastX; u++) {
        for (let c = 0; c < 3; c++) sums[c] += data[(v * width + u) * 3 + c];
      }
    }
    return sums.map((sum) => Math.round(sum / ((lastX - left) * (lastY - top)))).join(";");
  };
  let text = "";
  for (let row = 0; row < rows; row++) {
    let before = "";
    for (let x = 0; x < cells; x++) {
      const codes = `\x1b[38;2;${color(x, row * 2)};48;2;${color(x, row * 2 + 1)}m`;
      text += codes === before ? "▀" : `${codes}▀`;
      before = codes;
    }
    text += "\x1b[0m\n";
  }
  return text;
}

/** Pixels in base64, at most 4096 letters at a time. */
function kitty({ width, height, data }: RgbImage): string {
  const text = data.toBase64();
  let escape = "";
  for (let at = 0; at < text.length; at += 4096) {
    const more = at + 4096 < text.length ? 1 : 0;
    const header = at === 0 ? `a=T,f=24,s=${width},v=${height},q=2,m=${more}` : `m=${more}`;
    escape += `\x1b_G${header};${text.slice(at, at + 4096)}\x1b\\`;
  }
  return `${escape}\n`;
}

/** Six levels of each colour, and bands of six rows in which each colour is drawn by itself. */
function sixel({ width, height, data }: RgbImage): string {
  const level = (value: number) => Math.round(value / 51);
  let text = `\x1bPq"1;1;${width};${height}`;
  for (let index = 0; index < 216; index++) {
    const [r, g, b] = [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((part) => part * 20);
    text += `#${index};2;${r};${g};${b}`;
  }
  for (let top = 0; top < height; top += 6) {
    const bands = new Map<number, Uint8Array>();
    for (let y = top; y < Math.min(height, top + 6); y++) {
      for (let x = 0; x < width; x++) {
        const at = (y * width + x) * 3;
        const index = level(data[at]) * 36 + level(data[at + 1]) * 6 + level(data[at + 2]);
        let band = bands.get(index);
        if (!band) bands.set(index, band = new Uint8Array(width));
        band[x] |= 1 << (y - top);
      }
    }
    text += [...bands].map(([index, band]) => `#${index}${repeats(band)}`).join("$") + "-";
  }
  return `${text}\x1b\\\n`;
}

/** A row of sixels, runs shortened: `!12~`. */
function repeats(band: Uint8Array): string {
  let text = "";
  for (let x = 0; x < band.length;) {
    let end = x + 1;
    while (end < band.length && band[end] === band[x]) end++;
    const letter = String.fromCharCode(63 + band[x]);
    text += end - x > 3 ? `!${end - x}${letter}` : letter.repeat(end - x);
    x = end;
  }
  return text;
}
