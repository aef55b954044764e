/** Opening reports in headless Chromium, where there is one. */
import { delimiter, join } from "node:path";

/** Chromium under any of its names. */
export const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
  (Deno.env.get("PATH") ?? "").split(delimiter).map((folder) => join(folder, name))
).find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** How it is started: without a window, and asking for nothing of its own. */
export const HEADLESS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
] as const;

/** What happened when a page was opened. */
export interface Opened {
  /** What the page made the browser complain about. */
  readonly console: readonly string[];
  /** Addresses on the network that were asked for, but for the browser's own. */
  readonly requests: readonly string[];
  /** A PNG of the window. */
  readonly screenshot: Uint8Array;
}

/** Opens a file in a window of the given size. */
export async function openPage(path: string, width = 1280, height = 2000): Promise<Opened> {
  const folder = await Deno.makeTempDir({ prefix: "bneck-chromium-" });
  try {
    const { success, stderr } = await new Deno.Command(CHROMIUM!, {
      args: [
        ...HEADLESS,
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        `--user-data-dir=${folder}/profile`,
        `--log-net-log=${folder}/net.json`,
        `--window-size=${width},${height}`,
        `--screenshot=${folder}/page.png`,
        `file://${path}`,
      ],
    }).output();
    const log = new TextDecoder().decode(stderr);
    if (!success) throw new Error(`chromium failed: ${log}`);
    const net = await Deno.readTextFile(`${folder}/net.json`);
    const addresses = [...net.matchAll(/"url":"((?:https?|wss?|ftp):[^"]*)"/g)].map((match) => match[1]);
    return {
      console: log.split("\n").filter((line) => line.includes(":CONSOLE")),
      requests: [...new Set(addresses)].filter((url) =>
        !/\.(google|googleapis)\.com$/.test(new URL(url).hostname)
      ),
      screenshot: await Deno.readFile(`${folder}/page.png`),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
