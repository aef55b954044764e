/** A project as a contributor would add it, in one file: a tiny network, its names, preprocessing and weights. */
import { classifier } from "../../../heads/mod.ts";
import { numbered } from "../../../models/networks/naming.ts";
import { type Architecture, digestInName, type ZooProject } from "../../../models/networks/project.ts";
import { classificationPreprocessing } from "../../../models/preprocessing.ts";

/** Two convolutions and a linear layer. */
function toyNetwork(width: number): Architecture {
  const channels = 8 * width;
  return {
    network: {
      task: "classify",
      name: `toynet${width === 1 ? "" : `-${width}`}`,
      summary: `a toy network of ${channels} channels`,
      size: [32, 32],
      classes: 4,
      backbone: (g, image) => {
        const stem = g.conv(image, {
          name: "backbone.stem",
          channels,
          kernel: 3,
          stride: 2,
          batchNorm: { epsilon: 1e-5 },
          activation: "relu",
        });
        const head = g.conv(stem, {
          name: "backbone.head",
          channels: 2 * channels,
          kernel: 1,
          batchNorm: { epsilon: 1e-5 },
          activation: "relu",
        });
        return { C5: head };
      },
      head: (classes) => classifier({ classes }),
    },
    naming: {
      project: "toy",
      marks: ["trunk.0.weight", "fc.weight"],
      nameLayers: () =>
        new Map([
          ["backbone.stem", numbered("trunk")],
          ["backbone.head", numbered("trunk", 3)],
          ["classify.linear", { conv: "fc" }],
        ]),
    },
    preprocessing: classificationPreprocessing(40, 32),
  };
}

/** What a line of the registry names. */
export const TOY: ZooProject = {
  name: "toy",
  networks: [toyNetwork(1)],
  families: [{ name: "toynet", usualWidths: [2], define: toyNetwork }],
  weights: [{
    architecture: "toynet",
    tag: "toys_v1",
    isDefault: true,
    ...digestInName("https://toys.example/toynet-0123abcd.pth"),
    metrics: [{ dataset: "toys", metric: "top-1", value: 0.9, source: "its authors" }],
    licence: "MIT",
    source: "toys.example",
    verified: "nothing",
  }],
};
