/** Running a network's graph, and variants of it, on images. */
import { type DecodedImage, fullSize, resizeImage } from "../../../core/images/mod.ts";
import type { FeedOptions } from "../../../core/profile/mod.ts";
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import { imageFeeds } from "../../image_feeds.ts";
import { inputExtent } from "../../input_size.ts";
import type { OnnxNetwork } from "../../network.ts";
import { encodedNetwork } from "../../prepared.ts";
import { adoptedFeeds } from "../../tensor_input.ts";
import type { FloatModel } from "./source.ts";

/** The inputs of a graph. */
export type Feeds = Readonly<Record<string, NamedTensor>>;

/** A network that images are prepared for. */
export class FloatNetwork {
  private constructor(
    private readonly network: OnnxNetwork,
    private readonly takesSize: boolean,
  ) {}

  /** Of the last image, as a file of others takes it. */
  #shape: readonly number[] = [];
  readonly #extents = new Map<string, { readonly extent: Extent; count: number }>();

  /** The size at which most of the images were seen. */
  get usualExtent(): Extent {
    const [most] = [...this.#extents.values()].sort((a, b) => b.count - a.count);
    return most.extent;
  }

  /** What is run when the network is timed: images of the usual size, or of the one that a file of others takes. */
  get timedInputs(): FeedOptions {
    const { adopted } = this.network;
    return adopted ? { input: { [adopted.input.name]: { shape: this.#shape } } } : { size: this.usualExtent };
  }

  /** The middle of that, where the network sees no more. */
  get crop(): Extent | undefined {
    return this.network.sizeGrid.crop;
  }

  /** The network of a model. */
  static async of({ entry, tasks, onnx }: FloatModel): Promise<FloatNetwork> {
    const network = await encodedNetwork(await entry.build(tasks));
    return new FloatNetwork(network, onnx.graph.inputs.some(({ name }) => name === "size"));
  }

  /** The size at which it sees an image. */
  extent(image: DecodedImage): Extent {
    const { inputSize, sizeGrid, adopted } = this.network;
    const { width, height } = fullSize(image);
    return adopted?.input.fit === "none" ? [height, width] : inputExtent(inputSize, sizeGrid, width, height);
  }

  /** An image as its graph takes it. */
  feeds(image: DecodedImage): Feeds {
    const extent = this.extent(image);
    const [height, width] = extent;
    const seen = this.#extents.get(extent.join()) ?? { extent, count: 0 };
    this.#extents.set(extent.join(), seen);
    seen.count++;
    const { filter, adopted, sizeGrid } = this.network;
    if (adopted) {
      const { feeds } = adoptedFeeds(image, [height, width], sizeGrid.crop, adopted);
      this.#shape = feeds[adopted.input.name].shape;
      return feeds;
    }
    const pixels = filter ? resizeImage(image, width, height, filter) : image;
    return imageFeeds(pixels, extent, this.takesSize);
  }
}

/** Loads a graph, runs it, and frees it. */
export async function withSession<T>(
  model: OnnxModel | Uint8Array,
  label: string,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await Session.open(model instanceof Uint8Array ? model : encodeOnnx(model), label);
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
