import assert from "node:assert/strict";
import { cachedPath, cacheFolder } from "../../models/cache.ts";

const folder = (env: Record<string, string>) => cacheFolder((name) => env[name]);

Deno.test("BNECK_CACHE comes first, then XDG_CACHE_HOME, then the home folder", () => {
  const all = { BNECK_CACHE: "/models", XDG_CACHE_HOME: "/xdg", HOME: "/home/ada", LOCALAPPDATA: "/local" };
  assert.deepEqual(folder(all), { path: "/models", chosenBy: "BNECK_CACHE" });
  const { BNECK_CACHE: _, ...rest } = all;
  assert.deepEqual(folder(rest), { path: "/xdg/bneck", chosenBy: "XDG_CACHE_HOME" });
  if (Deno.build.os !== "windows") {
    assert.deepEqual(folder({ HOME: "/home/ada" }), { path: "/home/ada/.cache/bneck", chosenBy: "HOME" });
  }
});

Deno.test("an empty variable counts as unset, and without any there is no folder", () => {
  assert.equal(folder({ BNECK_CACHE: "", XDG_CACHE_HOME: "" }), null);
});

Deno.test("weights lie in a folder of their own, and without any the user is told what to set", () => {
  assert.match(
    cachedPath("a.pth", (name) => name === "BNECK_CACHE" ? "/c" : undefined),
    /^.c.weights.a\.pth$/,
  );
  assert.throws(() => cachedPath("a.pth", () => undefined), {
    name: "BneckError",
    message: /set BNECK_CACHE/,
  });
});
