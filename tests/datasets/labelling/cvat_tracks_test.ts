import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { readCvat } from "../../../datasets/labelling/cvat.ts";
import type { LabelledImage } from "../../../datasets/labelling/labelled_image.ts";
import { withFiles } from "./with_files.ts";

const TASK = "<task><id>7</id><size>9</size><start_frame>0</start_frame><stop_frame>8</stop_frame>" +
  "<frame_filter></frame_filter><labels><label><name>cat</name></label></labels>" +
  "<original_size><width>20</width><height>10</height></original_size><source>films/cats.mp4</source></task>";

function video(tracks: string, meta = TASK): string {
  return `<?xml version="1.0"?>\n<annotations><version>1.1</version><meta>${meta}</meta>${tracks}</annotations>`;
}

function box(frame: number, x: number, more = ""): string {
  return `<box frame="${frame}" xtl="${x}" ytl="1" xbr="${x + 4}" ybr="5" occluded="0" outside="0" ` +
    `keyframe="1" z_order="0"${more}><attribute name="age">3</attribute></box>`;
}

const OUTSIDE = (frame: number) =>
  `<box frame="${frame}" keyframe="1" outside="1" occluded="1" xtl="0" ytl="0" xbr="0" ybr="0"/>`;

async function imagesOf(xml: string): Promise<readonly LabelledImage[]> {
  let images: readonly LabelledImage[] = [];
  await withFiles({ "a.xml": xml }, async (folder) => {
    ({ images } = await readCvat(`${folder}/a.xml`));
  });
  return images;
}

/** Where the boxes of each frame begin. */
function lefts(images: readonly LabelledImage[]): number[][] {
  return images.map(({ objects }) =>
    objects.map(({ parts: [part] }) => part.kind === "box" ? part.box[0] : NaN)
  );
}

Deno.test("CVAT: a track moves evenly between key frames, and is not there where it is outside", async () => {
  const track = `<track id="0" label="cat">${box(0, 0)}${box(4, 8)}${OUTSIDE(6)}${box(8, 2)}</track>`;
  const images = await imagesOf(video(track));
  assert.deepEqual(
    images.map(({ name }) => name),
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => `cats/00000${k}.png`),
  );
  assert.deepEqual([images[3].width, images[3].height], [20, 10]);
  assert.deepEqual(lefts(images), [[0], [2], [4], [6], [8], [8], [], [], [2]]);
});

Deno.test("CVAT: a track goes on to the last frame, unless CVAT wrote the frames between", async () => {
  const open = await imagesOf(video(`<track id="0" label="cat">${box(7, 1)}</track>`));
  assert.deepEqual(lefts(open).slice(6), [[], [1], [1]]);
  const between = box(4, 3).replace('keyframe="1"', 'keyframe="0"');
  const written = await imagesOf(video(`<track id="0" label="cat">${box(3, 1)}${between}</track>`));
  assert.deepEqual(lefts(written).slice(2, 6), [[], [1], [3], []]);
});

Deno.test("CVAT: polygons of as many corners move, others and masks stay; depth and groups count in each frame", async () => {
  const polygon = (frame: number, points: string, order = 0) =>
    `<polygon frame="${frame}" keyframe="1" outside="0" points="${points}" z_order="${order}"/>`;
  const images = await imagesOf(video(
    `<track id="0" label="cat" group_id="3">${polygon(0, "0,0;4,0;4,4", 5)}${polygon(2, "2,2;6,2;6,6", 5)}` +
      `${polygon(4, "0,0;8,0;8,8;0,8", 5)}</track>` +
      `<track id="1" label="cat" group_id="3">${box(0, 9, "")}</track>` +
      `<track id="2" label="dog">${box(0, 1, "")}<points frame="1" points="1,1"/></track>`,
  ));
  const [first, second, , fourth] = images;
  // The group lies where its lower part does.
  assert.deepEqual(first.objects.map(({ label, parts }) => [label, parts.length]), [["cat", 2], ["dog", 1]]);
  assert.deepEqual(second.objects[0].parts[1], { kind: "polygon", corners: [1, 1, 5, 1, 5, 5] });
  assert.deepEqual(fourth.objects[0].parts[1], { kind: "polygon", corners: [2, 2, 6, 2, 6, 6] });
});

Deno.test("CVAT: steps between frames, and several tasks of a project", async () => {
  const task = (id: number, source: string) =>
    `<task><id>${id}</id><start_frame>10</start_frame><stop_frame>20</stop_frame><frame_filter>step=5</frame_filter>` +
    `<original_size><width>20</width><height>10</height></original_size><source>${source}</source></task>`;
  const meta = `<project><id>3</id><tasks>${task(1, "a.mp4")}${task(2, "b.mp4")}</tasks></project>`;
  const track = (id: number, x: number) =>
    `<track id="0" label="cat" task_id="${id}">${box(10, x)}${box(20, x + 4)}</track>`;
  const images = await imagesOf(video(track(2, 0) + track(1, 1), meta));
  assert.deepEqual(
    images.map(({ name }) => name),
    ["b", "a"].flatMap((film) => [10, 15, 20].map((frame) => `${film}/0000${frame}.png`)),
  );
  assert.deepEqual(lefts(images), [[0], [2], [4], [1], [3], [5]]);
});

const HOSTILE: Readonly<Record<string, readonly [xml: string, message: RegExp]>> = {
  "a billion frames": [
    video(
      `<track id="0" label="cat">${box(0, 0)}${box(999_999_999, 0)}</track>`,
      TASK.replace("<stop_frame>8</stop_frame>", ""),
    ),
    /has more than 1000000 frames/,
  ],
  "objects without end": [
    video(
      `<track id="0" label="cat">${box(0, 0)}${OUTSIDE(999_000)}</track>`.repeat(20),
      TASK.replace("<stop_frame>8", "<stop_frame>999000"),
    ),
    /more objects in its frames than can be read/,
  ],
  "frames that go back": [
    video(`<track id="0" label="cat">${box(4, 0)}${box(4, 1)}</track>`),
    /is not later than/,
  ],
  "a frame that is none": [video(`<track id="0" label="cat">${box(-1, 0)}</track>`), /no number of a frame/],
  "no label": [video(`<track id="0">${box(0, 0)}</track>`), /a <track> without a label/],
  "an unknown task": [
    video(`<track id="0" label="cat" task_id="9">${box(0, 0)}</track>`, TASK + TASK.replace("7", "8")),
    /is of the task 9, of which nothing is said/,
  ],
  "a step of nothing": [
    video(
      `<track id="0" label="cat">${box(0, 0)}</track>`,
      TASK.replace("<frame_filter>", "<frame_filter>step=0"),
    ),
    /frames/,
  ],
};

for (const [what, [xml, message]] of Object.entries(HOSTILE)) {
  Deno.test(`CVAT: in a video, ${what} is an error`, () =>
    withFiles({ "evil.xml": xml }, async (folder) => {
      await assert.rejects(readCvat(`${folder}/evil.xml`), (error) => {
        assert.ok(error instanceof BneckError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /evil\.xml/);
        return true;
      });
    }));
}
