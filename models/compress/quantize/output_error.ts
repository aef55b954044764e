/** How far the outputs of a quantized network are from those of the float network. */
import type { OnnxModel } from "../../../core/onnx/mod.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";
import { type Feeds, withSession } from "./network.ts";
import type { FloatModel } from "./source.ts";

/** The outputs of the float network on some images, to compare others with. */
export class OutputReference {
  private constructor(
    private readonly name: string,
    private readonly feeds: readonly Feeds[],
    private readonly outputs: readonly Readonly<Record<string, NamedTensor>>[],
  ) {}

  /** Runs the float network. */
  static async of({ name, bytes }: FloatModel, feeds: readonly Feeds[]): Promise<OutputReference> {
    const outputs = await withSession(bytes, name, (session) => runAll(session, feeds));
    return new OutputReference(name, feeds, outputs);
  }

  /**
   * The error of a variant: squared differences as a share of the outputs' own variance, of the worst output; 0 is equal.
   */
  async error(model: OnnxModel | Uint8Array): Promise<number> {
    const found = await withSession(model, this.name, (session) => runAll(session, this.feeds));
    const names = Object.keys(this.outputs[0] ?? {}).filter((name) =>
      this.outputs[0][name].data instanceof Float32Array
    );
    const shares = names.map((name) => {
      let [error, power] = [0, 0];
      this.outputs.forEach((outputs, image) => {
        const [wanted, given] = [outputs[name].data, found[image][name].data] as Float32Array[];
        let mean = 0;
        for (const value of wanted) mean += value;
        mean /= wanted.length;
        for (let i = 0; i < wanted.length; i++) {
          error += (wanted[i] - given[i]) ** 2;
          power += (wanted[i] - mean) ** 2;
        }
      });
      return error / (power || 1);
    });
    return Math.max(0, ...shares);
  }
}

async function runAll(
  session: { run(feeds: Feeds): Promise<Record<string, NamedTensor>> },
  feeds: readonly Feeds[],
): Promise<Record<string, NamedTensor>[]> {
  const outputs = [];
  for (const each of feeds) outputs.push(await session.run(each));
  return outputs;
}
