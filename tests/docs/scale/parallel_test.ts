/** Shards with GNU parallel: all together are one run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digests, makePhotos } from "../../soak/pictures.ts";
import { testIf } from "../../support/shared.ts";
import { facts, IMAGES, isThere, SCALE, script, sh, WINDOWS, withWhole } from "./support.ts";
import { inFolder } from "../../support/folders.ts";

/**
 * Instead of going to a machine, its shell is started here, as sshd does with the line it is sent. `shell` is what
 * sshd says of the user's shell.
 */
function sshStandIn(cwd: string, shell = "/bin/sh"): Promise<void> {
  return script(
    join(cwd, "bin/ssh"),
    `echo "$1" >> "$LOG"; shift; [ "$1" = -- ] && shift; SHELL=${shell} exec sh -c "$*"`,
  );
}

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards on two machines leave the files, lines and COCO results of one run",
  () =>
    withWhole(["--save", "ids,json,coco", "--score", "0.01"], async (cwd, printed) => {
      await Deno.writeTextFile(join(cwd, "hosts.txt"), "one\ntwo\n");
      await sshStandIn(cwd);
      const { code, stderr } = await sh(
        [
          ...[`${SCALE}/parallel.sh`, "4", "run", `${cwd}/photos`, "-o", `${cwd}/out 1`],
          ...["--save", "ids,json,coco", "--score", "0.01", "--size", "64", "--jsonl"],
        ],
        { cwd, first: [`${cwd}/bin`], env: { HOSTS: "hosts.txt", HOME: cwd, LOG: `${cwd}/ssh.log` } },
      );
      assert.equal(code, 0, stderr);
      const hosts = (await Deno.readTextFile(join(cwd, "ssh.log"))).trim().split("\n");
      assert.deepEqual([...new Set(hosts)].sort(), ["one", "two"]);

      const out = digests(join(cwd, "out 1"));
      const parts = Object.keys(out).filter((name) => name.endsWith(".coco.json"));
      assert.deepEqual(parts, [1, 2, 3, 4].map((shard) => `detections.${shard}-of-4.coco.json`));
      const whole = digests(join(cwd, "whole"));
      for (const name of parts) delete out[name];
      delete whole["detections.coco.json"];
      assert.deepEqual(out, whole);

      const merged = await sh(
        [`${SCALE}/merge_coco.sh`, ...parts.map((name) => `${cwd}/out 1/${name}`)],
        { cwd },
      );
      assert.equal(merged.stdout, await Deno.readTextFile(join(cwd, "whole/detections.coco.json")));
      assert.ok(JSON.parse(merged.stdout).length > 0);

      const lines = [1, 2, 3, 4].map((shard) => Deno.readTextFileSync(join(cwd, `shards/1/${shard}/stdout`)));
      assert.deepEqual(facts(lines.join("")), facts(printed));
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards that a machine never began are named, and the status is 1",
  () =>
    inFolder(async (cwd) => {
      await Deno.writeTextFile(join(cwd, "hosts.txt"), "one\n");
      await sshStandIn(cwd, `${cwd}/no-shell`);
      const { code, stderr } = await sh([`${SCALE}/parallel.sh`, "2", "segment", `${cwd}/photos`], {
        cwd,
        first: [`${cwd}/bin`],
        env: { HOSTS: "hosts.txt", HOME: cwd, LOG: `${cwd}/ssh.log` },
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^shard 1 did not begin, .+\nshard 2 did not begin, /m);
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: what breaks off is tried again elsewhere, images that fail are not, and the status is 1",
  () =>
    inFolder(async (cwd) => {
      await makePhotos(cwd, 4);
      await Deno.remove(join(cwd, "photos/0/2.jpg"));
      await Deno.writeTextFile(join(cwd, "photos/0/2.jpg"), "no picture");
      // Killed the first time, as a machine that goes away.
      await script(
        join(cwd, "bin/bneck"),
        `echo "$@" >> "${cwd}/calls"; mkdir "${cwd}/killed" 2> "${cwd}/known" && kill -9 $$; exec ${SCALE}/bneck "$@"`,
      );
      const { code, stderr } = await sh(
        [
          ...[`${SCALE}/parallel.sh`, "2", "segment", `${cwd}/photos`, "-o", `${cwd}/out`],
          ...["--save", "ids", "--size", "64", "--skip-existing"],
        ],
        { cwd, first: [`${cwd}/bin`], env: { HOME: cwd } },
      );
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^bneck: error: cannot read .*photos\/0\/2\.jpg: not an image/m);
      assert.equal(Object.keys(digests(join(cwd, "out"))).length, 3);
      const calls = (await Deno.readTextFile(join(cwd, "calls"))).trimEnd().split("\n");
      assert.equal(calls.length, 3);
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards that break off for good are named with what they said, and their number is the status",
  () =>
    inFolder(async (cwd) => {
      await script(join(cwd, "bin/bneck"), 'echo "bneck: error: cannot find the model" >&2; exit 3');
      const { code, stderr } = await sh(
        [`${SCALE}/parallel.sh`, "3", "segment", "photos"],
        { cwd, first: [`${cwd}/bin`], env: { HOME: cwd } },
      );
      assert.equal(code, 3, stderr);
      assert.match(stderr, /^shard 1 broke off: see .+\nbneck: error: cannot find the model$/m);
      assert.match(stderr, /^shard 3 broke off: /m);
    }),
);

Deno.test({
  name: "GNU parallel: without a number of shards or a command the script says how to call it",
  ignore: WINDOWS,
  fn: () =>
    inFolder(async (cwd) => {
      for (const args of [[], ["segment", "photos"], ["0", "segment"], ["4"]]) {
        const { code, stderr } = await sh([`${SCALE}/parallel.sh`, ...args], { cwd });
        assert.equal(code, 2);
        assert.match(stderr, /^usage: /);
      }
    }),
});

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards of an evaluation, merged, are one evaluation",
  () =>
    inFolder(async (cwd) => {
      const photos = await makePhotos(cwd, IMAGES);
      const annotations = photos.map((_, i) => ({
        ...{ id: i + 1, image_id: i, category_id: 1 + i % 3, iscrowd: 0 },
        ...{ bbox: [i, i, 40, 50], area: 2000 },
      }));
      const images = photos.map((path, id) => ({
        id,
        file_name: path.slice("photos/".length),
        width: 64,
        height: 64,
      }));
      const categories = ["person", "bicycle", "car"].map((name, i) => ({ id: i + 1, name }));
      await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify({ images, annotations, categories }));
      const command = ["eval", "coco", "--annotations", `${cwd}/truth.json`, "--images", `${cwd}/photos`];
      const sized = [...command, "--size", "64"];
      const whole = await sh(["bneck", ...sized, "--json"], { cwd });
      assert.equal(whole.code, 0, whole.stderr);
      const shards = await sh(
        [`${SCALE}/parallel.sh`, "3", ...sized, "--save-state", `${cwd}/state-{}.json`],
        {
          cwd,
          env: { HOME: cwd },
        },
      );
      assert.equal(shards.code, 0, shards.stderr);
      const states = [1, 2, 3].map((shard) => `${cwd}/state-${shard}.json`);
      const merged = await sh(["bneck", "eval", "merge", ...states, "--json"], { cwd });
      assert.equal(merged.code, 0, merged.stderr);
      assert.deepEqual(JSON.parse(merged.stdout), JSON.parse(whole.stdout));
    }),
);
