/**
 * Downloading files of weights: interrupted downloads resume where they stopped, and a file gets its final name only once
 * its digest is verified.
 */
import { dirname } from "node:path";
import { BneckError, modelError } from "../core/errors.ts";
import { digestOf, reasonOf } from "../core/files/mod.ts";

/** A file that can be downloaded. */
export interface Download {
  readonly url: string;
  /** What to call it in the cache. */
  readonly fileName: string;
  /** The SHA-256 in hexadecimal digits, or as many of them as are published. */
  readonly sha256: string;
  /** The size in MiB, as published. */
  readonly mebibytes?: number;
}

/** How a file is downloaded. */
export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes received, and the total if the server states it. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
  /** How long the server may be silent. @default {30000} */
  readonly stallMilliseconds?: number;
  /** How often to retry when the connection is lost or the server is busy; a server never reached is tried twice. @default {5} */
  readonly retries?: number;
  /** The pause before the first retry; it doubles each time. @default {500} */
  readonly pauseMilliseconds?: number;
}

/** A downloaded file. */
export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The maximum size of a file without a published one: 512 MiB. */
const MAX_BYTES = 512 * 2 ** 20;

/**
 * Downloads a file to `path`. Until it is complete and its digest is verified it is called `PATH.part`; what an earlier
 * attempt left of that is not fetched again. Two processes that want the same file wait for each other.
 *
 * @throws {BneckError} (unusable model) when it cannot be downloaded, with how to do so by hand, or its size or digest is
 *   not the published one.
 */
export async function download(
  file: Download,
  path: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    using partial = await openLocked(`${path}.part`);
    const there = await digestOf(path);
    if (there && there.sha256.startsWith(file.sha256)) {
      await Deno.remove(`${path}.part`);
      return { path, ...there };
    }
    return await new Transfer(file, path, partial, options).run();
  } catch (error) {
    if (error instanceof BneckError || isAbort(error, options.signal)) throw error;
    throw modelError(`cannot download ${file.fileName} to ${dirname(path)}: ${reasonOf(error)}`, error);
  }
}

/** Opens a file once no other process holds it; the process that held it may have renamed or removed it. */
async function openLocked(path: string): Promise<Deno.FsFile> {
  for (;;) {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    await file.lock(true);
    const { ino } = await file.stat();
    const there = await Deno.stat(path).catch(() => undefined);
    if (there && there.ino === ino) return file;
    file.close();
  }
}

/** A failure after which another attempt may succeed. */
class Interruption extends Error {}

/** One download, over as many connections as it takes. */
class Transfer {
  #received = 0;
  /** Whether the server has answered at all. */
  #answered = false;

  constructor(
    readonly file: Download,
    readonly path: string,
    readonly partial: Deno.FsFile,
    readonly options: DownloadOptions,
  ) {}

  async run(): Promise<Downloaded> {
    this.#received = (await this.partial.stat()).size;
    const resumed = this.#received > 0;
    await this.#complete();
    const digest = (await digestOf(`${this.path}.part`))!;
    if (digest.sha256.startsWith(this.file.sha256)) {
      await this.partial.sync();
      await Deno.rename(`${this.path}.part`, this.path);
      return { path: this.path, ...digest };
    }
    await this.#restart();
    // What an earlier attempt left may be of another file.
    if (resumed) return await this.run();
    await Deno.remove(`${this.path}.part`);
    throw modelError(
      `${this.file.url} is not the expected file: its SHA-256 is ${digest.sha256}, expected one that starts with ` +
        `${this.file.sha256}. Nothing was kept`,
    );
  }

  async #complete(): Promise<void> {
    const { retries = 5, pauseMilliseconds = 500 } = this.options;
    let failures = 0;
    for (;;) {
      const before = this.#received;
      try {
        return await this.#attempt();
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
        // A connection that made progress resets the count.
        failures = this.#received > before ? 1 : failures + 1;
        if (failures > (this.#answered ? retries : Math.min(retries, 1))) {
          throw this.#unreachable(error.message, error);
        }
        await pause(pauseMilliseconds * 2 ** (failures - 1), this.options.signal);
      }
    }
  }

  /** Fetches the missing bytes. */
  async #attempt(): Promise<void> {
    const stalled = new AbortController();
    const { signal, stallMilliseconds = 30_000 } = this.options;
    const either = AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]);
    let timer = setTimeout(() => stalled.abort(), stallMilliseconds);
    try {
      const response = await this.#request(either);
      if (!response) return;
      const total = this.#announced(response);
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stallMilliseconds);
        await this.#append(chunk);
        this.options.onProgress?.(this.#received, total);
      }
      if (total !== undefined && this.#received < total) {
        throw new Interruption("the connection was closed early");
      }
    } catch (error) {
      if (error instanceof BneckError || isAbort(error, signal)) throw error;
      if (stalled.signal.aborted) throw new Interruption("the server stopped responding");
      if (error instanceof Interruption || !isNetworkError(error)) throw error;
      throw new Interruption(networkReason(error as Error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Requests the file from the first missing byte; `undefined` when nothing is missing. */
  async #request(signal: AbortSignal): Promise<Response | undefined> {
    const headers = new Headers({ "accept-encoding": "identity" });
    if (this.#received > 0) headers.set("range", `bytes=${this.#received}-`);
    let response: Response;
    try {
      response = await fetch(this.file.url, { headers, signal });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw this.#unreachable("Deno may not connect to this host (--allow-net)", error);
      }
      throw error;
    }
    this.#answered = true;
    const { status } = response;
    const first = Number(response.headers.get("content-range")?.match(/^bytes (\d+)-/)?.[1]);
    if (status === 206 && first === this.#received) return response;
    if (status === 200) {
      await this.#restart();
      return response;
    }
    await response.body?.cancel();
    if (status === 416 && this.#received > 0) {
      const length = Number(response.headers.get("content-range")?.match(/\/(\d+)$/)?.[1]);
      if (length === this.#received) return undefined;
    }
    if (this.#received > 0 && (status === 206 || status === 416)) {
      await this.#restart();
      throw new Interruption("the server cannot resume the download");
    }
    if (status === 429 || status >= 500) throw new Interruption(`the server answered ${status}`);
    throw this.#unreachable(`the server answered ${status} ${response.statusText}`.trimEnd());
  }

  /** The size of the whole file as the response states it, checked against the maximum. */
  #announced(response: Response): number | undefined {
    const length = response.headers.get("content-length");
    if (length === null) return undefined;
    const total = this.#received + Number(length);
    this.#checkSize(total);
    return total;
  }

  async #append(chunk: Uint8Array): Promise<void> {
    this.#checkSize(this.#received + chunk.length);
    await this.partial.seek(this.#received, Deno.SeekMode.Start);
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await this.partial.write(rest));
    this.#received += chunk.length;
  }

  #checkSize(bytes: number): void {
    const { mebibytes } = this.file;
    // Published sizes are rounded.
    const maxBytes = mebibytes === undefined ? MAX_BYTES : Math.ceil(mebibytes * 1.02 * 2 ** 20) + 65_536;
    if (bytes <= maxBytes) return;
    Deno.removeSync(`${this.path}.part`);
    throw modelError(
      `${this.file.url} is not the expected file: it is larger than ${maxBytes} bytes. Nothing was kept`,
    );
  }

  async #restart(): Promise<void> {
    await this.partial.truncate();
    this.#received = 0;
  }

  #unreachable(reason: string, cause?: unknown): BneckError {
    return modelError(`cannot download ${this.file.url}: ${reason}. ${byHand(this.file, this.path)}`, cause);
  }
}

/** How to get a file without bneck. */
export function byHand({ url }: Download, path: string): string {
  return `Download ${url} by other means and save it as ${path}`;
}

function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}

/** The cause under a generic message such as `fetch failed`. */
function networkReason({ message, cause }: Error): string {
  const inner = cause instanceof Error ? cause.message : message;
  return inner.replace(/^error sending request for url \([^)]*\): /, "").replace(
    /^client error \(Connect\): /,
    "",
  );
}

function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof Deno.errors.Http ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.BrokenPipe;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
