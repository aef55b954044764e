/** Whatever a project in one file declares is found, recognised, bound and run: `toy_project.ts` is that file. */
import assert from "node:assert/strict";
import { countParameters, graphParameters } from "../../../core/graph/mod.ts";
import { bindCheckpoint, checkpointGraph, openCheckpoint } from "../../../models/checkpoint.ts";
import {
  findArchitecture,
  findModel,
  findNetwork,
  modelOfFile,
  networkGraph,
  openModel,
  resolveModel,
  ZOO,
  type Zoo,
} from "../../../models/mod.ts";
import { testImage } from "../../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "../fake_checkpoint.ts";
import { TOY } from "./toy_project.ts";

/** What one more line in the registry makes of it. */
const WITH_TOY: Zoo = [...ZOO, TOY];

Deno.test("its networks are found by name and at any width, and can be counted", () => {
  const network = findNetwork("toynet", WITH_TOY)!;
  // 3·8·9 + 8·16 weights, four numbers a channel of BatchNorm less the two that are only statistics, the classifier.
  assert.equal(
    countParameters(graphParameters(networkGraph(network))),
    216 + 128 + 2 * (8 + 16) + 16 * 4 + 4,
  );
  assert.equal(findNetwork("toynet-3", WITH_TOY)!.summary, "a toy network of 24 channels");
  assert.equal(findArchitecture("toynet", WITH_TOY).naming.project, "toy");
  assert.throws(() => findArchitecture("toynot", WITH_TOY), /did you mean toynet\?/);
});

Deno.test("its checkpoints are recognised among those of all projects, whatever their width and classes", async () => {
  for (const [name, classes] of [["toynet", 4], ["toynet", 9], ["toynet-2", 4]] as const) {
    await withCheckpoint(fakeTensors(findArchitecture(name, WITH_TOY), classes), async (path) => {
      const checkpoint = await openCheckpoint(path, { zoo: WITH_TOY });
      assert.equal(checkpoint.architecture.network.name, name);
      assert.equal(checkpoint.classes, classes);
      assert.deepEqual(bindCheckpoint(checkpoint, checkpointGraph(checkpoint)).warnings, []);
    });
  }
});

Deno.test("what does not fit is said in its own names", async () => {
  const tensors = fakeTensors(findArchitecture("toynet", WITH_TOY));
  tensors.delete("trunk.4.running_mean");
  await withCheckpoint(tensors, async (path) => {
    await assert.rejects(
      openCheckpoint(path, { zoo: WITH_TOY }),
      /matches no known network; the nearest is toynet:\n {2}1 missing: trunk\.4\.running_mean$/,
    );
    const checkpoint = await openCheckpoint(path, { architecture: "mobilenet_v2", zoo: WITH_TOY });
    assert.throws(
      () => bindCheckpoint(checkpoint, checkpointGraph(checkpoint)),
      /is not for mobilenet_v2: (.|\n)*it looks like a toy checkpoint$/,
    );
  });
});

Deno.test("its published weights are a model, under their name, an alias and the name of their file", async () => {
  const model = findModel("toynet.toys_v1", WITH_TOY);
  assert.deepEqual(findModel("toynet", WITH_TOY).name, model.name);
  assert.deepEqual(model.labels.classify!.map(({ name }) => name), [
    "class 0",
    "class 1",
    "class 2",
    "class 3",
  ]);
  const file = model.weights[0].download!.fileName;
  assert.equal(modelOfFile(`/anywhere/${file}`, WITH_TOY)!.name, model.name);
  await withCheckpoint(fakeTensors(findArchitecture("toynet", WITH_TOY)), async (weights) => {
    assert.equal((await resolveModel({ weights }, WITH_TOY)).architecture, "toynet");
    const opened = await openModel({ weights }, {}, WITH_TOY);
    const { classify, inputHeight, inputWidth } = await opened.predict(testImage(60, 48));
    await opened.close();
    assert.deepEqual([inputHeight, inputWidth], [32, 32]);
    assert.equal(classify!.count, 4);
    assert.ok(Math.abs(classify!.scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-6);
  }, file);
});

Deno.test("without its line in the registry nobody knows it", async () => {
  assert.equal(findNetwork("toynet"), undefined);
  assert.throws(() => findModel("toynet"), /unknown model toynet/);
  await withCheckpoint(fakeTensors(findArchitecture("toynet", [TOY])), async (path) => {
    await assert.rejects(openCheckpoint(path), /matches no known network$/);
  });
});
