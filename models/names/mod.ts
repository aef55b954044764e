/** What other projects call the parameters of the networks here. */
export * from "./layer_names.ts";
export * from "./fit.ts";
export * from "./own.ts";
export * from "./torchvision.ts";
export * from "./timm.ts";
export * from "./d_li14.ts";
