/** The version of bneck; a test holds it to the one in deno.json, which `cli/` must not import. */
export const VERSION = "0.1.0";
