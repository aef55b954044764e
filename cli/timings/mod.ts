/** `--timings`: where the time of a command went. */
import { importLater } from "../../core/import_later.ts";
import type { Network, OnnxNetwork } from "../../models/network.ts";
import type { NetworkPart } from "../../models/pipeline/network_parts.ts";
import { formatMilliseconds } from "../console/format.ts";
import { formatTable } from "../console/table.ts";
import type { Context } from "../context.ts";
import type { ImageSize } from "../flags/mod.ts";

/** Milliseconds of each stage of an image, in the order of the stages. */
export type StageTimes = Readonly<Record<string, number>>;

/** How many images' sizes are kept. */
const SIZES = 1000;

/** Follows a command for `--timings`: what its workers do with images, and what its main thread does besides. */
export class StageTimer {
  readonly #stages = new Map<string, number>();
  readonly #mainThread = new Map<string, number>();
  readonly #sizes: ImageSize[] = [];
  #workers = 0;
  #images = 0;
  #start = 0;
  #firstResult = 0;
  #end = 0;

  /** The workers are ready, and their first image is handed out. */
  begin(workers: number): void {
    this.#workers = workers;
    this.#start = this.#end = performance.now();
  }

  /** An image is done. */
  add(stages: StageTimes): void {
    this.#end = performance.now();
    this.#firstResult ||= this.#end;
    this.#images++;
    for (const [stage, milliseconds] of Object.entries(stages)) sum(this.#stages, stage, milliseconds);
  }

  /** An image of this size went through the network. */
  see({ width, height }: ImageSize): void {
    if (this.#sizes.length < SIZES) this.#sizes.push({ width, height });
  }

  /** Does something on the main thread, and remembers how long it took. */
  async measure<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      sum(this.#mainThread, stage, performance.now() - start);
    }
  }

  /** Measures the parts of the network that was run, and prints the tables on stderr. */
  async print(context: Context, build?: () => Promise<Network | OnnxNetwork>): Promise<void> {
    const options = { colors: context.log.colors };
    if (this.#images > 0) {
      const sums = {
        images: this.#images,
        workers: this.#workers,
        milliseconds: this.#end - this.#start,
        stages: this.#stages,
      };
      const parts = build === undefined ? [] : await this.#partsOf(await build());
      const { formatStages } = await importLater<typeof import("./stage_table.ts")>(
        import.meta.resolve("./stage_table.ts"),
      );
      const { table, speed } = formatStages(sums, parts, options);
      context.log.raw(`\n${table}`);
      context.log.info(speed);
      context.log.info(
        `${formatMilliseconds(this.#firstResult)} from the start of the program to the first result`,
      );
    }
    if (this.#mainThread.size > 0) {
      const rows = [...this.#mainThread].map(([stage, milliseconds]) => ({ stage, milliseconds }));
      const table = formatTable(
        rows,
        [
          { title: "main thread", value: ({ stage }) => stage },
          {
            title: "seconds",
            value: ({ milliseconds }) => milliseconds / 1000,
            format: (value) => value.toFixed(2),
          },
        ],
        "table",
        options,
      );
      context.log.raw(`\n${table}`);
    }
  }

  async #partsOf(network: Network | OnnxNetwork): Promise<NetworkPart[]> {
    if (!("graph" in network)) return [{ name: "network", share: 1 }];
    const { measureNetworkParts } = await importLater<
      typeof import("../../models/pipeline/network_parts.ts")
    >(import.meta.resolve("../../models/pipeline/network_parts.ts"));
    return await measureNetworkParts(network, this.#typicalSize());
  }

  /** The size of which as many of the first thousand images are larger as smaller. */
  #typicalSize(): ImageSize {
    const sorted = this.#sizes.toSorted((a, b) => a.width * a.height - b.width * b.height);
    return sorted[sorted.length >> 1];
  }
}

/** For work that reports when it begins and how long each of its stages took. */
export function timingHooks(timer: StageTimer | undefined) {
  return timer && {
    onReady: (workers: number) => timer.begin(workers),
    onTimes: (stages: StageTimes) => timer.add(stages),
  };
}

function sum(sums: Map<string, number>, stage: string, milliseconds: number): void {
  sums.set(stage, (sums.get(stage) ?? 0) + milliseconds);
}
