/**
 * What else than `[x, y, width, height]` in pixels of the image four numbers may be.
 *
 * @module
 */

type Box = readonly [x: number, y: number, width: number, height: number];

/** A way to read four numbers of an image of a size in pixels as x, y, width and height in pixels. */
export interface BoxReading {
  /** What the numbers are, for messages. */
  readonly what: string;
  readonly read: (numbers: Box, width: number, height: number) => Box;
}

const FORMS: readonly (readonly [what: string, read: (numbers: Box) => Box])[] = [
  ["[x, y, width, height]", (box) => box],
  ["[x1, y1, x2, y2]", ([x1, y1, x2, y2]) => [x1, y1, x2 - x1, y2 - y1]],
  ["[centre x, centre y, width, height]", ([x, y, w, h]) => [x - w / 2, y - h / 2, w, h]],
  ["[y, x, height, width]", ([y, x, h, w]) => [x, y, w, h]],
  ["[y1, x1, y2, x2]", ([y1, x1, y2, x2]) => [x1, y1, x2 - x1, y2 - y1]],
];

/** Units of a share of the image's size. */
const UNITS: readonly (readonly [what: string, size: number])[] = [
  ["fractions", 1],
  ["thousandths", 1000],
];

/** Sides in pixels of the square inputs that networks usually have. */
const INPUT_SIDES = [300, 320, 416, 448, 512, 608, 640, 768, 800, 896, 1024, 1280, 1536];

/** Ways in which tools write boxes. */
export const BOX_READINGS: readonly BoxReading[] = [
  ...FORMS.slice(1).map(([what, form]) => ({ what, read: form })),
  ...UNITS.flatMap(([unit, size]) =>
    FORMS.map(([what, form]) => ({
      what: `${what} in ${unit} of the image's size`,
      read: (numbers: Box, width: number, height: number) =>
        scale(form(numbers), width / size, height / size),
    }))
  ),
];

/** Ways in which tools write the corners of polygons, which do to the box around them what these do to boxes. */
export const CORNER_READINGS: readonly BoxReading[] = [
  { what: "[y, x, …]", read: ([y, x, h, w]) => [x, y, w, h] },
  ...UNITS.map(([unit, size]) => ({
    what: `${unit} of the image's size`,
    read: (numbers: Box, width: number, height: number) => scale(numbers, width / size, height / size),
  })),
];

/** Boxes of detections may also be left in pixels of a network's input. */
export const INPUT_READINGS: readonly BoxReading[] = INPUT_SIDES.flatMap((side) => {
  const input = `[x, y, width, height] in pixels of an input of ${side}×${side}`;
  const letterboxed = (centered: boolean) => ([x, y, w, h]: Box, width: number, height: number): Box => {
    const ratio = Math.max(width, height) / side;
    const left = centered ? (side - width / ratio) / 2 : 0, top = centered ? (side - height / ratio) / 2 : 0;
    return scale([x - left, y - top, w, h], ratio, ratio);
  };
  return [
    {
      what: `${input} to which the image was stretched`,
      read: (box: Box, width: number, height: number) => scale(box, width / side, height / side),
    },
    { what: `${input} in whose middle the image lies`, read: letterboxed(true) },
    { what: `${input} in whose upper left the image lies`, read: letterboxed(false) },
  ];
});

function scale([x, y, width, height]: Box, ofX: number, ofY: number): Box {
  return [x * ofX, y * ofY, width * ofX, height * ofY];
}

/** The boxes `[boxes, 4]` of an image of this size in pixels, read so. */
export function readBoxes(
  { read }: BoxReading,
  box: Float64Array,
  width: number,
  height: number,
): Float64Array {
  const result = new Float64Array(box.length);
  for (let at = 0; at < box.length; at += 4) {
    result.set(read([box[at], box[at + 1], box[at + 2], box[at + 3]], width, height), at);
  }
  return result;
}
