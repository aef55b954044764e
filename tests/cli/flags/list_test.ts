import assert from "node:assert/strict";
import { checkNames, choiceArgument, joinQuoted, namesFlag } from "../../../cli/flags/list.ts";

Deno.test("known names pass, unknown ones are reported with the nearest", () => {
  checkNames("--classes", ["road", "car"], ["road", "car", "sky"]);
  assert.throws(
    () => checkNames("--classes", ["car", "raod"], ["road", "car"]),
    /^BneckError: --classes raod: unknown name; did you mean road\?$/,
  );
});

Deno.test("without a near name the known ones are listed, the first dozen of many", () => {
  assert.throws(() => checkNames("--classes", ["xyzzy"], ["road", "car"]), /known are road, car$/);
  const many = Array.from({ length: 80 }, (_, index) => `class${index}`);
  assert.throws(() => checkNames("--classes", ["zebra"], many), /known are class0, .*class11, …$/);
});

Deno.test("an empty name in a list is refused", () => {
  assert.equal(namesFlag("x").parse("traffic light"), "traffic light");
  assert.throws(() => namesFlag("x").parse(" "), /names separated by commas/);
});

Deno.test("names are trimmed, and what is quoted is one name with its commas", () => {
  for (const names of [["car"], ["light, red", "car"], ["a,b,c", "d"], ['say "a"', "b"]]) {
    const written = names.map((name) => name.includes(",") ? `"${name}"` : ` ${name} `).join(",");
    assert.deepEqual(joinQuoted(written.split(",")), names);
  }
  assert.deepEqual(joinQuoted(['"open', "car"]), ['"open', "car"]);
  assert.deepEqual(joinQuoted([' "light', ' red" ']), ["light, red"]);
});

Deno.test("an argument of a few words takes no others", () => {
  const shell = choiceArgument("the shell", ["bash", "zsh"], "SHELL");
  assert.equal(shell.parse("zsh"), "zsh");
  assert.throws(() => shell.parse("bahs"), /not one of bash, zsh; did you mean bash\?/);
});
