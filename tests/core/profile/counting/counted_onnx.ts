/** What counting an ONNX file gives. */
import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../../core/errors.ts";
import { operatorText } from "../../../../core/profile/counting/layer_cost.ts";
import { countOnnx, type OnnxCosts } from "../../../../core/profile/counting/onnx_costs.ts";
import { info } from "../small_onnx.ts";

export const X = info("x", [1, 3, 16, 16]);

export const Y = info("y");

export function rows(costs: OnnxCosts): unknown[] {
  return costs.rows.map((
    row,
  ) => [row.name, operatorText(row), row.outputShape?.join("×"), row.parameters, row.madds]);
}

export async function refused(model: Uint8Array | string, message: RegExp): Promise<void> {
  await assert.rejects(countOnnx(model, "net.onnx"), (error: unknown) => {
    assert.ok(error instanceof BneckError, String(error));
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"));
    return true;
  });
}
