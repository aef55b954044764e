import assert from "node:assert/strict";
import { runtimeMessage } from "../../../core/session/runtime_error.ts";

const PLACE =
  "/onnxruntime_src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, " +
  "const onnxruntime::logging::Logger&) ";

const CASES: readonly (readonly [said: string, told: string])[] = [
  [
    `${PLACE}Unsupported model IR version: 99, max supported IR version: 13`,
    "it uses version 99 of the file format, but onnxruntime supports only up to 13",
  ],
  [
    `${PLACE}ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. ` +
    "Opset 99 is under development and support for this is limited. " +
    "Current official support for domain ai.onnx is till opset 26.",
    "it uses opset 99 of ai.onnx, but onnxruntime supports only up to 26",
  ],
  [
    'This is an invalid model. In Node, ("", Bogus, "", -1) : ("x": tensor(float),) -> ("y": tensor(float),) , ' +
    "Error No Op registered for Bogus with domain_version of 17",
    "it uses the operator Bogus, which does not exist in opset 17",
  ],
  [
    "Fatal error: com.acme:Bogus(-1) is not a registered function/op",
    "it uses the unknown operator com.acme:Bogus",
  ],
  [
    "Non-zero status code returned while running Add node. Name:'plus' Status Message: " +
    "/onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:583 " +
    "void onnxruntime::BroadcastIterator::Append(ptrdiff_t, ptrdiff_t) axis == 1 was false. 3 by 4\nstack",
    "the node plus (Add) failed: axis == 1 was false. 3 by 4",
  ],
  ["something new", "something new"],
];

Deno.test("onnxruntime's errors are told in one plain line", () => {
  for (const [said, told] of CASES) assert.equal(runtimeMessage(new Error(said)), told);
  assert.equal(runtimeMessage("a text"), "a text");
});
