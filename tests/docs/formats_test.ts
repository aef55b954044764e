/** Runs every command of `docs/formats.md`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { joinQuoted } from "../../cli/flags/list.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/shared.ts";

const SAMPLES = join(ROOT, "models/weights/everyday-lraspp/samples");
const PHOTOS = ["000000214753", "000000790"];

/** What the commands of the page name. */
async function prepare(folder: string): Promise<void> {
  const write = async (path: string, text: string) => {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  };
  const photos = [...Deno.readDirSync(SAMPLES)].map(({ name }) => name).filter((name) =>
    name.endsWith(".jpg")
  )
    .sort().slice(0, PHOTOS.length);
  await Deno.mkdir(join(folder, "photos"));
  for (const name of photos) await Deno.copyFile(join(SAMPLES, name), join(folder, "photos", name));
  // The labels are what bneck finds, in every form.
  const found = await runCli(["run", "photos", "-o", "first", "--save", "dataset", "--masks", "polygons"], {
    cwd: folder,
  });
  assert.equal(found.code, 0, found.stderr);
  const truth = JSON.parse(await Deno.readTextFile(join(folder, "first/annotations.coco.json")));
  const named = new Map<number, string>(
    truth.categories.map(({ id, name }: { id: number; name: string }) => [id, name]),
  );
  await write("truth.json", JSON.stringify(truth));
  const names = [...named.values()];
  const yaml = (val: string) => `${val}names: ${JSON.stringify(names)}\n`;
  await write("yolo/data.yaml", yaml("val: images\n"));
  await write("found/data.yaml", yaml(""));
  await write(
    "classes.json",
    JSON.stringify({ ignore: 255, classes: ["background", ...names].map((name, id) => ({ id, name })) }),
  );
  let cvat = "<annotations>";
  for (const { id, file_name, width, height } of truth.images) {
    const stem = file_name.slice("photos/".length, -".jpg".length);
    const objects = truth.annotations.filter((object: { image_id: number }) => object.image_id === id);
    const boxes: string[] = [], shapes: object[] = [];
    cvat += `<image name="${stem}.jpg" width="${width}" height="${height}">`;
    for (const { category_id, bbox: [x, y, w, h] } of objects) {
      const label = named.get(category_id)!;
      boxes.push(
        [names.indexOf(label), (x + w / 2) / width, (y + h / 2) / height, w / width, h / height].join(" "),
      );
      shapes.push({ label, points: [[x, y], [x + w, y + h]], shape_type: "rectangle" });
      cvat += `<box label="${label}" xtl="${x}" ytl="${y}" xbr="${x + w}" ybr="${y + h}"/>`;
    }
    cvat += "</image>";
    await write(
      `labelme/${stem}.json`,
      JSON.stringify({ imagePath: `../photos/${stem}.jpg`, imageWidth: width, imageHeight: height, shapes }),
    );
    await write(`yolo/labels/${stem}.txt`, boxes.join("\n"));
    await write(`found/${stem}.txt`, boxes.map((box) => `${box} 0.5`).join("\n"));
    await Deno.mkdir(join(folder, "yolo/images"), { recursive: true });
    await Deno.copyFile(join(folder, file_name), join(folder, "yolo/images", `${stem}.jpg`));
  }
  await write("cvat.xml", `${cvat}</annotations>`);
}

async function makeFilm(folder: string): Promise<boolean> {
  const photo = [...Deno.readDirSync(join(folder, "photos"))][0].name;
  const args = [
    "-v",
    "error",
    "-loop",
    "1",
    "-i",
    `photos/${photo}`,
    "-vf",
    "scale=320:-2",
    "-frames:v",
    "25",
  ];
  try {
    const made = await new Deno.Command("ffmpeg", {
      args: [...args, "-pix_fmt", "yuv420p", "film.mp4"],
      cwd: folder,
    }).output();
    return made.success;
  } catch {
    return false;
  }
}

Deno.test("every command of docs/formats.md runs, those of videos where there is ffmpeg", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-formats-" }));
  try {
    await prepare(folder);
    const hasFilm = await makeFilm(folder);
    const page = await Deno.readTextFile(join(ROOT, "docs/formats.md"));
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block);
    const lines = blocks.flatMap((block) => block.trimEnd().split("\n"));
    assert.ok(lines.length >= 17);
    for (const line of lines) {
      const [program, ...args] = joinQuoted(line.split(" "));
      assert.equal(program, "bneck", line);
      if (!hasFilm && args.includes("film.mp4")) continue;
      const { code, stdout, stderr } = await runCli(args, { cwd: folder });
      assert.equal(code, 0, `${line}\n${stderr}`);
      assert.ok(stdout.length > 0, line);
    }
    for (
      const path of [
        "out/polygons/annotations.coco.json",
        "out/detect/objects.csv",
        "out/masks/detections.coco.json",
      ]
    ) {
      assert.ok((await Deno.stat(join(folder, path))).size > 100, path);
    }
    if (!hasFilm) return;
    for (const path of ["film.overlay.mp4", "film.boxes.mp4", "film/000012.ids.png"]) {
      assert.ok((await Deno.stat(join(folder, "out/film", path))).size > 100, path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
