/** Tasks on top of a backbone. */
export * from "./head.ts";
export * from "./classifier.ts";
export * from "./detections.ts";
export * from "./center_net.ts";
export * from "./anchors.ts";
export * from "./box_coder.ts";
export * from "./ssd_detections.ts";
export * from "./ssd_lite.ts";
export * from "./lr_aspp.ts";
export * from "./lr_aspp_fastseg.ts";
export * from "./r_aspp.ts";
export * from "./deeplab_v3.ts";
export * from "./label_logits.ts";
export * from "./output_spec.ts";
export * from "./detection_decoder.ts";
