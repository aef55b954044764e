import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { download, type DownloadOptions } from "../../models/download.ts";
import { head, type RawAnswer, type RawRequest, type RawServer, serveRaw } from "./raw_server.ts";

/** Three chunks and a bit. */
const CONTENT = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) >> 3 & 255);
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

const FAST: DownloadOptions = { pauseMilliseconds: 1, retries: 3 };

interface Setting extends RawServer {
  readonly folder: string;
  readonly path: string;
  fetch(
    options?: DownloadOptions,
    wanted?: { sha256?: string; mebibytes?: number },
  ): ReturnType<typeof download>;
  /** The names of the files in the folder. */
  files(): string[];
}

async function setUp(answer: (request: RawRequest) => RawAnswer): Promise<Setting> {
  const server = serveRaw(answer);
  const folder = await Deno.makeTempDir();
  const path = join(folder, "weights", "weights.pth");
  return {
    ...server,
    folder,
    path,
    fetch: (options, wanted) =>
      download({ url: server.url, fileName: "weights.pth", sha256: SHA256.slice(0, 8), ...wanted }, path, {
        ...FAST,
        ...options,
      }),
    files: () => [...Deno.readDirSync(join(folder, "weights"))].map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A well-behaved server. */
function* whole({ start, hasRange }: RawRequest): Generator<string | Uint8Array> {
  const rest = CONTENT.subarray(start);
  yield hasRange
    ? head("206 Partial Content", {
      "content-length": rest.length,
      "content-range": `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`,
    })
    : head("200 OK", { "content-length": rest.length });
  yield rest;
}

function assertComplete(setting: Setting): void {
  assert.deepEqual(setting.files(), ["weights.pth"]);
  assert.deepEqual(Deno.readFileSync(setting.path), CONTENT);
}

Deno.test("a file is fetched, checked and put in its place, and reports how far it is", async () => {
  await using setting = await setUp(whole);
  const progress: [number, number | undefined][] = [];
  const result = await setting.fetch({ onProgress: (...at) => progress.push(at) });
  assert.deepEqual(result, { path: setting.path, bytes: CONTENT.length, sha256: SHA256 });
  assertComplete(setting);
  assert.deepEqual(progress.at(-1), [CONTENT.length, CONTENT.length]);
});

Deno.test("a file that is there already is not fetched again", async () => {
  await using setting = await setUp(whole);
  await setting.fetch();
  await setting.fetch();
  assert.equal(setting.requests.length, 1);
  assertComplete(setting);
});

Deno.test("a connection that is cut is taken up where it broke off", async () => {
  await using setting = await setUp(function* (request) {
    const [announcement, rest] = whole(request);
    yield announcement;
    yield request.number < 2 ? (rest as Uint8Array).subarray(0, 70_000) : rest;
  });
  const result = await setting.fetch();
  assert.deepEqual(setting.requests.map(({ start }) => start), [0, 70_000, 140_000]);
  assert.equal(result.sha256, SHA256);
  assertComplete(setting);
});

Deno.test("what an earlier run left is not fetched again", async () => {
  await using setting = await setUp(whole);
  await Deno.mkdir(join(setting.folder, "weights"));
  await Deno.writeFile(`${setting.path}.part`, CONTENT.subarray(0, 123_456));
  await setting.fetch();
  assert.deepEqual(setting.requests.map(({ start }) => start), [123_456]);
  assertComplete(setting);
});

Deno.test("what an earlier run left of another file is fetched anew", async () => {
  await using setting = await setUp(whole);
  await Deno.mkdir(join(setting.folder, "weights"));
  await Deno.writeFile(`${setting.path}.part`, new Uint8Array(1000));
  await setting.fetch();
  assert.deepEqual(setting.requests.map(({ start }) => start), [1000, 0]);
  assertComplete(setting);
});

Deno.test("a server that cannot go on in the middle starts again", async () => {
  await using setting = await setUp((request) => whole({ ...request, start: 0, hasRange: false }));
  await Deno.mkdir(join(setting.folder, "weights"));
  await Deno.writeFile(`${setting.path}.part`, CONTENT.subarray(0, 5000));
  await setting.fetch();
  assertComplete(setting);
});

Deno.test("a part that is complete is only checked", async () => {
  await using setting = await setUp(() => [
    head("416 Range Not Satisfiable", { "content-range": `bytes */${CONTENT.length}`, "content-length": 0 }),
  ]);
  await Deno.mkdir(join(setting.folder, "weights"));
  await Deno.writeFile(`${setting.path}.part`, CONTENT);
  await setting.fetch();
  assertComplete(setting);
});

Deno.test("another file than the one wanted is not kept", async () => {
  await using setting = await setUp(whole);
  await assert.rejects(setting.fetch({}, { sha256: "00112233" }), {
    name: "BneckError",
    exitStatus: 3,
    message: new RegExp(`is not the expected file: its SHA-256 is ${SHA256}, .* with 00112233`),
  });
  assert.deepEqual(setting.files(), []);
});

Deno.test("an address that is gone is reported at once, with what to do by hand", async () => {
  await using setting = await setUp(() => [head("404 Not Found", { "content-length": 0 })]);
  await assert.rejects(setting.fetch(), {
    name: "BneckError",
    exitStatus: 3,
    message: `cannot download ${setting.url}: the server answered 404 Not Found. ` +
      `Download ${setting.url} by other means and save it as ${setting.path}`,
  });
  assert.equal(setting.requests.length, 1);
});

Deno.test("a busy server is asked again, but not for ever", async () => {
  await using setting = await setUp(() => [head("503 Service Unavailable", { "content-length": 0 })]);
  await assert.rejects(setting.fetch(), {
    name: "BneckError",
    message: /the server answered 503\. Download/,
  });
  assert.equal(setting.requests.length, 4);
});

Deno.test("a body that does not end is cut off at the size that the file can have", async () => {
  await using setting = await setUp(async function* () {
    yield head("200 OK");
    for (;;) {
      yield new Uint8Array(65_536);
      await Promise.resolve();
    }
  });
  await assert.rejects(setting.fetch({}, { mebibytes: 0.2 }), {
    name: "BneckError",
    message: /is larger than \d+ bytes/,
  });
  assert.deepEqual(setting.files(), []);
});

Deno.test("a file that is announced as too large is not even begun", async () => {
  await using setting = await setUp(
    () => [head("200 OK", { "content-length": 2 ** 40 }), new Uint8Array(10)],
  );
  await assert.rejects(setting.fetch(), {
    name: "BneckError",
    message: /is larger than 536870912 bytes/,
  });
  assert.deepEqual(setting.files(), []);
});

Deno.test("a server that falls silent is given up, and the next attempt goes on", async () => {
  let release = () => {};
  await using setting = await setUp(async function* (request) {
    const [announcement, rest] = whole(request);
    yield announcement;
    if (request.number > 0) return yield rest;
    yield (rest as Uint8Array).subarray(0, 1000);
    await new Promise<void>((resolve) => release = resolve);
  });
  await setting.fetch({ stallMilliseconds: 200 });
  release();
  assert.deepEqual(setting.requests.map(({ start }) => start), [0, 1000]);
  assertComplete(setting);
});

Deno.test("without a server the error says what to download and where to put it", async () => {
  const setting = await setUp(whole);
  await setting[Symbol.asyncDispose]();
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "w.pth");
    await assert.rejects(download({ url: setting.url, fileName: "w.pth", sha256: "00" }, path, FAST), {
      name: "BneckError",
      exitStatus: 3,
      message: new RegExp(
        `^cannot download ${setting.url}: .*\\. Download ${setting.url} .* save it as ${path}$`,
      ),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a user who asks to stop is obeyed, and what has come so far is kept", async () => {
  let release = () => {};
  await using setting = await setUp(async function* (request) {
    const [announcement, rest] = whole(request);
    yield announcement;
    yield (rest as Uint8Array).subarray(0, 1000);
    await new Promise<void>((resolve) => release = resolve);
  });
  const stop = new AbortController();
  await assert.rejects(setting.fetch({ signal: stop.signal, onProgress: () => stop.abort() }), {
    name: "AbortError",
  });
  release();
  assert.deepEqual(setting.files(), ["weights.pth.part"]);
});

Deno.test("two who want the same file fetch it once", async () => {
  await using setting = await setUp(whole);
  await Promise.all([setting.fetch(), setting.fetch(), setting.fetch()]);
  assert.equal(setting.requests.length, 1);
  assertComplete(setting);
});

Deno.test("a folder that cannot be made is the error, not the server", async () => {
  await using setting = await setUp(whole);
  await Deno.writeTextFile(join(setting.folder, "weights"), "a file");
  await assert.rejects(setting.fetch(), {
    name: "BneckError",
    message: /^cannot download weights\.pth to .*weights/,
  });
  assert.equal(setting.requests.length, 0);
});
