/** The version of bneck; a test holds it to the one in deno.json, which `cli/` must not import. */
export const VERSION = "0.1.0";

/** Packages whose versions decide what comes out, as deno.json has them. */
export const PACKAGES = { "onnxruntime-node": "1.30.0", sharp: "0.35.5" } as const;
