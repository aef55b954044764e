import assert from "node:assert/strict";
import fc from "fast-check";
import { isPattern, parsePattern } from "../../../core/files/pattern.ts";

function matches(pattern: string, name: string): boolean {
  return parsePattern(pattern).ways.some((way) => way.length === 1 && way[0] !== "**" && way[0].test(name));
}

Deno.test("a pattern is told from a name", () => {
  for (const text of ["*.jpg", "a?.png", "a[0-9]", "{a,b}", "a/**/b", "{a/b,c}/d"]) {
    assert.ok(isPattern(text), text);
  }
  for (const text of ["a.jpg", "photo (1).jpg", "a[.jpg", "{a}.jpg", "a!b", "a@b.jpg", "#1.jpg"]) {
    assert.ok(!isPattern(text), text);
  }
});

Deno.test("a pattern begins with a folder, as far as that is fixed", () => {
  const bases = {
    "a/b/*.jpg": "a/b",
    "*.jpg": "",
    "/*.jpg": "/",
    "a/{b,c/d}/*.jpg": "a",
    "a/**/c": "a",
    "../?": "..",
  };
  for (const [pattern, base] of Object.entries(bases)) {
    assert.equal(parsePattern(pattern).base, base, pattern);
  }
});

Deno.test("the names below it come one after the other, in each way that braces with a slash allow", () => {
  const texts = (pattern: string) => parsePattern(pattern).ways.map((way) => way.map(String));
  assert.deepEqual(texts("p/**/.b"), [["**", String(/^\.b$/su)]]);
  assert.deepEqual(texts("*/{b,c/.d}"), [
    [String(/^(?!\.).*$/su), String(/^(?!\.)b$/su)],
    [String(/^(?!\.).*$/su), String(/^(?!\.)c$/su), String(/^\.d$/su)],
  ]);
});

Deno.test("a pattern ends in an extension, or in a slash, or in neither", () => {
  for (const pattern of ["*.scan", "a/**/*.{jpg,png}", "{a/b,c}.x"]) {
    assert.ok(parsePattern(pattern).namesExtension);
  }
  for (const pattern of ["*", "**", "img*", "day.1-*", "*.*"]) {
    assert.ok(!parsePattern(pattern).namesExtension);
  }
  assert.ok(parsePattern("day-*/").foldersOnly);
  assert.ok(!parsePattern("day-*").foldersOnly);
});

Deno.test("stars, question marks, sets, braces and backslashes match as in a shell", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["*.jpg", ["a.jpg", "a.b.jpg", "a\nb.jpg"], ["a.jpg2", "a.png", ".a.jpg", ".jpg"]],
    ["a*b*c", ["abc", "axxbyyc", "abcbc"], ["ab", "abcd"]],
    ["img?.png", ["img1.png", "imgé.png", "img😀.png"], ["img.png", "img10.png"]],
    ["[a-c]1", ["a1", "c1"], ["d1", "-1", "ab1"]],
    ["[!a-c]1", ["d1", "-1"], ["a1"]],
    ["[^a]1", ["b1"], ["a1"]],
    ["[]x]1", ["]1", "x1"], ["y1"]],
    ["[a.*]", ["a", "*"], ["b", "[a.*]"]],
    ["[&~]x*", ["&x", "~x"], ["ax"]],
    ["a[1]?", ["a1x"], ["a[1]x"]],
    ["{a,b,}*.jpg", ["a.jpg", "b1.jpg", "c.jpg"], ["c.png"]],
    ["{a{1,2},b}?", ["a1x", "a2x", "bx"], ["ax1", "b1x"]],
    ["{a}*", ["{a}", "{a}b"], ["a"]],
    ["a,b*", ["a,b"], ["a"]],
    ["\\**", ["*", "*a"], ["a"]],
    ["(a|b)+$.*", ["(a|b)+$.x"], ["a", "aab"]],
    [".*", [".a", "..b"], ["a"]],
    ["[*", ["[", "[a"], ["a"]],
    ["{*", ["{", "{a"], ["a"]],
  ];
  for (const [pattern, yes, no] of cases) {
    for (const name of yes) assert.ok(matches(pattern, name), `${pattern} should match ${name}`);
    for (const name of no) assert.ok(!matches(pattern, name), `${pattern} should not match ${name}`);
  }
});

Deno.test("a range of letters that runs backwards is refused", () => {
  assert.throws(() => parsePattern("[z-a]*"), {
    exitStatus: 2,
    message: /^invalid pattern \[z-a\]\*/,
  });
});

/** Matching by trying everything, for patterns of letters, `*` and `?`. */
function slowMatch(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return slowMatch(rest, name) || (name !== "" && slowMatch(pattern, name.slice(1)));
  return name !== "" && (pattern[0] === "?" || pattern[0] === name[0]) && slowMatch(rest, name.slice(1));
}

Deno.test("random patterns match what trying everything matches", () => {
  const pattern = fc.string({
    unit: fc.constantFrom("a", "b", "*", "?", "+", "$"),
    minLength: 1,
    maxLength: 6,
  })
    .filter((text) => text !== "**" && /[*?]/.test(text));
  const name = fc.string({ unit: fc.constantFrom("a", "b", "+", "$"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      pattern,
      name,
      (text, candidate) => assert.equal(matches(text, candidate), slowMatch(text, candidate)),
    ),
    { numRuns: 3000 },
  );
});

Deno.test("no text makes reading a pattern fail in an unexpected way", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab*?[]{},!^-\\/.()|&~".split("")), maxLength: 12 });
  fc.assert(
    fc.property(text, (pattern) => {
      try {
        parsePattern(pattern);
      } catch (error) {
        assert.match((error as Error).message, /^invalid pattern/);
      }
    }),
    { numRuns: 5000 },
  );
});
