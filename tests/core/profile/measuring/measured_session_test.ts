import assert from "node:assert/strict";
import { countOnnx } from "../../../../core/profile/counting/onnx_costs.ts";
import { temporaryTree } from "../../files/temporary_tree.ts";
import { file, graph, info, node } from "../small_onnx.ts";

Deno.test("nothing is left in the temporary folder, whether a run succeeds or fails", async () => {
  using tree = temporaryTree();
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", tree.path);
  try {
    const made = Deno.makeTempFileSync();
    assert.ok(made.startsWith(tree.path), "temporary files go to the folder of this test");
    Deno.removeSync(made);
    const model = (operator: string) =>
      file(graph([node(operator, ["x"], ["y"])], [info("x", [1, 3, 16, 16])], [info("y")]));
    await countOnnx(model("Relu"), "net.onnx");
    await assert.rejects(countOnnx(model("Bogus"), "net.onnx"), /Bogus/);
    assert.deepEqual([...Deno.readDirSync(tree.path)], []);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
});
