import { commandGroup } from "../../command.ts";
import { fitClassify } from "./classify/command.ts";
import { fitSegment } from "./segment/command.ts";

/** `bneck fit`. */
export const fit = commandGroup({
  brief: "train a head for your own classes on this CPU",
  description:
    "Learns to segment or classify your own classes from labelled images, on top of the embedded backbone. What the " +
    "backbone sees in each image is computed once; then a small head is trained on it, and with enough images the last " +
    "blocks of the backbone too. The file that is written is a model: bneck segment, classify, eval, export and profile " +
    "take it.",
  routes: { segment: fitSegment, classify: fitClassify },
});
