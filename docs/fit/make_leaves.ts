/**
 * Makes the example of docs/fit.md: drawn photos of leaves on soil, some with brown spots, and their masks.
 *
 * deno run --allow-read --allow-write --allow-ffi --allow-env --allow-sys docs/fit/make_leaves.ts FOLDER [COUNT] [SEED]
 */
import { join } from "node:path";
import { encodeLabelPng, encodeRgbImage } from "../../core/images/mod.ts";
import { randomNumbers } from "../../core/random.ts";

const [WIDTH, HEIGHT] = [480, 360];
const CLASSES = {
  classes: [
    { id: 0, name: "soil", color: [120, 90, 60] },
    { id: 1, name: "leaf", color: [60, 170, 60] },
    { id: 2, name: "spot", color: [230, 120, 20] },
  ],
};

const [folder, count = "30", seed = "1"] = Deno.args;
if (!folder) {
  console.error("usage: make_leaves.ts FOLDER [COUNT] [SEED]");
  Deno.exit(2);
}
for (const name of ["photos", "masks"]) await Deno.mkdir(join(folder, name), { recursive: true });
await Deno.writeTextFile(join(folder, "classes.json"), JSON.stringify(CLASSES));
const random = randomNumbers(Number(seed));
const between = (low: number, high: number) => low + (high - low) * random();
for (let i = 0; i < Number(count); i++) {
  const { data, labels } = drawLeaves();
  // Numbers in no order, as a camera gives them to photos taken here and there.
  const name = `leaf-${Math.floor(between(1000, 9999))}`;
  const image = { width: WIDTH, height: HEIGHT, data };
  await Deno.writeFile(
    join(folder, "photos", `${name}.jpg`),
    await encodeRgbImage(image, "jpeg", { quality: 90 }),
  );
  await Deno.writeFile(
    join(folder, "masks", `${name}.png`),
    encodeLabelPng(
      { width: WIDTH, height: HEIGHT, data: labels },
      CLASSES.classes.map(({ color }) => color as [number, number, number]),
    ),
  );
}

/** Soil with two to six leaves, some of them ill. */
function drawLeaves() {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  const labels = new Uint8Array(WIDTH * HEIGHT);
  const light = between(0.6, 1.25);
  const clods = Array.from(
    { length: 60 },
    () => [random() * WIDTH, random() * HEIGHT, between(4, 18), between(-35, 35)],
  );
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      let shade = between(-14, 14);
      for (const [cx, cy, size, tone] of clods) {
        if ((x - cx) ** 2 + (y - cy) ** 2 < size * size) shade += tone;
      }
      paint(data, y * WIDTH + x, [115 + shade, 88 + shade, 62 + shade], light);
    }
  }
  const leaves = Math.floor(between(2, 7));
  for (let leaf = 0; leaf < leaves; leaf++) drawLeaf(data, labels, light);
  return { data, labels };
}

/** Two arcs that meet in points, with veins; spots where it is ill. */
function drawLeaf(data: Uint8Array, labels: Uint8Array, light: number): void {
  const [cx, cy] = [between(40, WIDTH - 40), between(40, HEIGHT - 40)];
  const [long, wide, angle] = [between(45, 110), between(0.3, 0.55), between(0, Math.PI)];
  const green = [between(40, 90), between(120, 190), between(30, 70)];
  const spots = random() < 0.5 ? [] : Array.from(
    { length: Math.floor(between(2, 6)) },
    () => [between(-0.7, 0.7) * long, between(-0.5, 0.5) * wide * long, between(5, 14)],
  );
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let y = Math.max(0, Math.floor(cy - long)); y < Math.min(HEIGHT, cy + long); y++) {
    for (let x = Math.max(0, Math.floor(cx - long)); x < Math.min(WIDTH, cx + long); x++) {
      const [u, v] = [(x - cx) * cos + (y - cy) * sin, (y - cy) * cos - (x - cx) * sin];
      const half = wide * long * (1 - (u / long) ** 2);
      if (Math.abs(u) > long || Math.abs(v) > half) continue;
      const at = y * WIDTH + x;
      const spot = spots.some(([su, sv, size]) => (u - su) ** 2 + (v - sv) ** 2 < size * size);
      const vein = Math.abs(v) < 1.5 || Math.abs((u + Math.abs(v)) % 18) < 1.5 ? 25 : 0;
      const shade = between(-10, 10) + vein - 20 * Math.abs(v) / half;
      labels[at] = spot ? 2 : 1;
      paint(
        data,
        at,
        spot ? [120 + shade, 75 + shade, 35 + shade] : green.map((value) => value + shade),
        light,
      );
    }
  }
}

function paint(data: Uint8Array, at: number, color: readonly number[], light: number): void {
  color.forEach((value, c) => data[at * 3 + c] = Math.min(255, Math.max(0, value * light)));
}
