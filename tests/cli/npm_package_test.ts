import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testIf } from "../support/shared.ts";
import { STREET_PHOTO } from "../support/street.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

async function run(command: string, args: readonly string[], cwd: string) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, `${command} ${args.join(" ")}: ${text.decode(stdout)}${text.decode(stderr)}`);
  return text.decode(stdout);
}

testIf(
  Deno.env.get("BNECK_TEST_NPM") === "1",
  "it needs npm and its registry: set BNECK_TEST_NPM=1",
  "the npm package runs in an empty folder without a checkout",
  async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-npm-test-" }));
    try {
      await run(Deno.execPath(), ["task", "--quiet", "npm:pack", join(folder, "package")], PROJECT);
      const [{ name: archive }] = [...Deno.readDirSync(join(folder, "package"))];
      const empty = join(folder, "empty");
      await Deno.mkdir(empty);
      await Deno.copyFile(STREET_PHOTO, join(empty, "photo.png"));
      await run("npm", ["init", "--yes"], empty);
      await run("npm", ["install", "--no-audit", "--no-fund", `../package/${archive}`], empty);
      const segment = ["bneck", "segment", "photo.png", "-o", "out", "-m", "street"];
      assert.match(await run("npx", segment, empty), /^photo\.png: road 39\.8 %/m);
      assert.ok((await Deno.stat(join(empty, "out/photo.overlay.jpg"))).size > 10_000);
      assert.match(await run("npx", ["bneck", "--version"], empty), /^bneck \d/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
