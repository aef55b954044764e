import assert from "node:assert/strict";
import type { RgbImage } from "../../../core/images/image.ts";
import { loadTextPainter } from "../../../core/images/text.ts";

function black(width: number, height: number): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3) };
}

Deno.test("longer text and larger fonts are wider", async () => {
  const painter = await loadTextPainter();
  assert.equal(painter.measure("", 20), 0);
  assert.ok(painter.measure("il", 20) < painter.measure("WM", 20));
  const [small, large] = [painter.measure("person 0.87", 12), painter.measure("person 0.87", 24)];
  assert.ok(Math.abs(large / small - 2) < 0.05, `${small} ${large}`);
});

Deno.test("text is drawn upright on its baseline, in its colour, within the width that was measured", async () => {
  const painter = await loadTextPainter();
  const image = black(80, 40);
  painter.draw(image, "Lg", 5, 25, 20, [200, 100, 50]);
  const rows: number[] = [];
  for (let i = 0; i < image.data.length; i += 3) {
    const [red, green, blue] = image.data.subarray(i, i + 3);
    assert.ok(Math.abs(green - red / 2) <= 1 && Math.abs(blue - red / 4) <= 1);
    if (red < 100) continue;
    const [x, y] = [i / 3 % 80, Math.floor(i / 3 / 80)];
    assert.ok(x >= 5 && x <= 5 + painter.measure("Lg", 20));
    rows.push(y);
  }
  assert.equal(Math.min(...rows), 25 - 15, "a capital of 20 pixels is 14.6 high");
  assert.ok(Math.max(...rows) >= 28, "the g reaches below the baseline");
});

Deno.test("text beyond any edge is cut, not wrapped", async () => {
  const painter = await loadTextPainter();
  const whole = black(60, 30);
  painter.draw(whole, "MMM", 10, 22, 20, [255, 255, 255]);
  for (const [dx, dy] of [[-25, 0], [30, 0], [0, -15], [0, 15], [-80, 0], [90, 0], [0, 90], [0, -90]]) {
    const moved = black(60, 30);
    painter.draw(moved, "MMM", 10 + dx, 22 + dy, 20, [255, 255, 255]);
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 60; x++) {
        const [fromX, fromY] = [x - dx, y - dy];
        if (fromX < 0 || fromX >= 60 || fromY < 0 || fromY >= 30) continue;
        assert.equal(moved.data[(y * 60 + x) * 3], whole.data[(fromY * 60 + fromX) * 3], `${dx} ${dy}`);
      }
    }
  }
});

Deno.test("more characters and sizes than are kept are still drawn alike", async () => {
  const painter = await loadTextPainter();
  const draw = () => {
    const image = black(40, 30);
    painter.draw(image, "ab", 2, 22, 20, [255, 255, 255]);
    return image;
  };
  const before = draw();
  for (let code = 0x21; code < 0x21 + 5000; code++) painter.measure(String.fromCharCode(code), 9);
  assert.deepEqual(draw(), before);
});
