/** Models whose weights are downloaded. */
import type { ModelEntry } from "../entry.ts";
import { D_LI14_WEIGHTS } from "./d_li14.ts";
import { FASTSEG_WEIGHTS } from "./fastseg.ts";
import { publishedModel } from "./published.ts";
import { TIMM_WEIGHTS } from "./timm.ts";
import { TORCHVISION_WEIGHTS } from "./torchvision.ts";

/** Every model whose weights another project publishes. */
export const PUBLISHED_MODELS: readonly ModelEntry[] = [
  ...TORCHVISION_WEIGHTS,
  ...TIMM_WEIGHTS,
  ...FASTSEG_WEIGHTS,
  ...D_LI14_WEIGHTS,
].map(publishedModel);
