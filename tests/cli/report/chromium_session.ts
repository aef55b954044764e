/** A page in headless Chromium that can be measured, at any size and in either colour scheme, by the DevTools protocol. */
import { CHROMIUM, HEADLESS } from "./browser.ts";

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** A running browser with one page. */
export class ChromiumSession {
  readonly #answers = new Map<number, (message: Answer) => void>();
  readonly #events = new Map<string, () => void>();
  #calls = 0;

  private constructor(
    readonly child: Deno.ChildProcess,
    readonly socket: WebSocket,
    readonly profile: string,
  ) {
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data) as Answer;
      if (message.id !== undefined) this.#answers.get(message.id)?.(message);
      else if (message.method !== undefined) this.#events.get(message.method)?.();
    };
  }

  /** Starts the browser. */
  static async start(): Promise<ChromiumSession> {
    const profile = await Deno.makeTempDir({ prefix: "bneck-chromium-" });
    const child = new Deno.Command(CHROMIUM!, {
      args: [
        ...HEADLESS,
        "--hide-scrollbars",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      stderr: "piped",
      stdout: "null",
      stdin: "null",
    }).spawn();
    const port = await portOf(child.stderr);
    const pages = await (await fetch(`http://127.0.0.1:${port}/json`)).json() as readonly Target[];
    const socket = new WebSocket(pages.find(({ type }) => type === "page")!.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const session = new ChromiumSession(child, socket, profile);
    await session.call("Page.enable");
    return session;
  }

  /** Opens a file; waits until it is there, with its images. */
  async open(path: string, { width, height = 900, dark = false }: View): Promise<void> {
    await this.call("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
    await this.call("Emulation.setEmulatedMedia", { features });
    const loaded = new Promise<void>((resolve) => this.#events.set("Page.loadEventFired", resolve));
    await this.call("Page.navigate", { url: `file://${path}` });
    await loaded;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.call("Runtime.evaluate", { expression, returnByValue: true });
    return (result as { value: T }).value;
  }

  /** A PNG of the whole page. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.call("Page.captureScreenshot", { captureBeyondViewport: true });
    return Uint8Array.fromBase64(data as string);
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#calls;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.socket.onclose = resolve);
    this.socket.send(JSON.stringify({ id: ++this.#calls, method: "Browser.close" }));
    await closed;
    await this.child.status;
    await Deno.remove(this.profile, { recursive: true });
  }
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

interface Target {
  readonly type: string;
  readonly webSocketDebuggerUrl: string;
}

/** The port that the browser chose and prints; what it prints afterwards is read and dropped. */
async function portOf(stderr: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`chromium ended: ${text}`);
    text += value;
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(text)?.[1];
    if (port === undefined) continue;
    (async () => {
      while (!(await reader.read()).done);
    })();
    return Number(port);
  }
}

/**
 * What of a page is wider than its window: elements that stick out of the page, but for those that scroll within it.
 * An expression for {@linkcode ChromiumSession.evaluate}.
 */
export const OVERFLOWING = `(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element.closest(".scroll") !== null && !element.matches(".scroll");
  const wide = [...document.body.querySelectorAll("*")].filter((element) =>
    !scrolls(element) && element.getBoundingClientRect().right > width + 0.5);
  return {
    page: document.documentElement.scrollWidth - width,
    elements: wide.map((element) => element.tagName + "." + element.className + ": " + element.textContent.slice(0, 40)),
  };
})()`;
