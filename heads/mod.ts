/** Tasks on top of a backbone. */
export * from "./head.ts";
export * from "./detections.ts";
export * from "./center_net.ts";
export * from "./lr_aspp.ts";
export * from "./label_logits.ts";
