/** An HTTP server that can do what servers should not: cut connections, lie, never end. */

/** A request as far as tests look at it. */
export interface RawRequest {
  /** Counted from 0. */
  readonly number: number;
  /** The first byte of the range asked for; 0 without one. */
  readonly start: number;
  readonly hasRange: boolean;
}

/** What the server sends: pieces one after another; then it closes the connection. */
export type RawAnswer = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** A running server. */
export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly RawRequest[];
}

/** Starts a server on this machine. */
export function serveRaw(answer: (request: RawRequest) => RawAnswer): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: RawRequest[] = [];
  const busy = new Set<Promise<void>>();
  const open = new Set<Deno.Conn>();
  const running = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const done = handle(connection).finally(() => open.delete(connection));
      busy.add(done);
      done.finally(() => busy.delete(done));
    }
  })();

  async function handle(connection: Deno.Conn): Promise<void> {
    try {
      const head = await readHead(connection);
      const range = head.match(/^range: bytes=(\d+)-/im);
      const request = { number: requests.length, start: Number(range?.[1] ?? 0), hasRange: range !== null };
      requests.push(request);
      for await (const piece of answer(request)) {
        let rest = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
        while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
      }
    } catch {
      // The client went away.
    } finally {
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    }
  }

  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/weights.pth`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await running;
      for (const connection of open) connection.close();
      await Promise.allSettled(busy);
    },
  };
}

async function readHead(connection: Deno.Conn): Promise<string> {
  let head = "";
  const buffer = new Uint8Array(4096);
  while (!head.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    head += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return head;
}

/** The head of an answer. */
export function head(status: string, headers: Readonly<Record<string, string | number>> = {}): string {
  const lines = Object.entries({ connection: "close", ...headers }).map(([name, value]) =>
    `${name}: ${value}`
  );
  return [`HTTP/1.1 ${status}`, ...lines, "", ""].join("\r\n");
}
