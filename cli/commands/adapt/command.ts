import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import { ADAPT_ALIASES, ADAPT_FLAGS } from "./flags.ts";

/** `bneck adapt`. */
export const adapt = command({
  brief: "make a network faster on this CPU by removing channels",
  description:
    "NetAdapt (Yang et al. 2018), which shaped MobileNetV3: in each step every expansion and every bottleneck is narrowed " +
    "in turn, until this machine's latency table predicts 1 % less time, and the proposal that changes the outputs least " +
    "for the time it saves is kept. The layers that read the remaining channels are refitted to your photos by least " +
    "squares; at the end the network is trained to match the original. No labels are needed. Ctrl-C keeps the steps taken " +
    "so far, and the same command continues from there. The result is a model that detect, segment, eval, export, profile " +
    "and quantize accept.",
  examples: [
    {
      line: "bneck adapt mb3-large-075 --heads detect --target 0.75 --calibrate photos -o fast.safetensors",
      does: "the embedded detector in three quarters of its time",
    },
    {
      line:
        "bneck adapt street --heads segment --target 5ms --calibrate photos --evaluate labels --images frames --classes classes.json --report fast.html -o fast.safetensors",
      does: "a segmenter in 5 ms, every step scored, with a chart",
    },
    {
      line:
        "bneck adapt leaves.safetensors --target 0.8 --calibrate photos --time-limit 10m -o leaves-fast.safetensors",
      does: "what bneck fit has trained, in about ten minutes",
    },
  ],
  parameters: {
    flags: ADAPT_FLAGS,
    aliases: ADAPT_ALIASES,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "NETWORK",
        brief: "a model: its name, or a file of weights",
      }],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
