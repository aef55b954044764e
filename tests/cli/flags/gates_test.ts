import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { checkGates, enforceGates, parseGate } from "../../../cli/flags/gates.ts";

Deno.test("a gate is a metric and a number", () => {
  assert.deepEqual(parseGate("AP=0.21"), { metric: "AP", min: 0.21 });
  assert.deepEqual(parseGate(" AP50 = .4 "), { metric: "AP50", min: 0.4 });
  assert.deepEqual(parseGate("loss=-1e-3"), { metric: "loss", min: -0.001 });
  for (const text of ["", "AP", "AP=", "=0.2", "AP=x", "AP=0.2.1", "AP=NaN"]) {
    assert.throws(() => parseGate(text), /such as AP=0\.21/, text);
  }
});

Deno.test("unknown and repeated metrics are refused before any work", () => {
  checkGates([{ metric: "AP", min: 0.2 }], ["AP", "AP50"]);
  assert.throws(() => checkGates([{ metric: "APP50", min: 0.2 }], ["AP", "AP50"]), /did you mean AP50/);
  const twice = [{ metric: "AP", min: 0.2 }, { metric: "AP", min: 0.3 }];
  assert.throws(() => checkGates(twice, ["AP"]), /names AP twice/);
});

Deno.test("metrics at or above their gates pass", () => {
  enforceGates([{ metric: "AP", min: 0.21 }], { AP: 0.21 });
  enforceGates([], {});
});

Deno.test("every metric below its gate is named, and the exit status is 4", () => {
  const gates = [{ metric: "AP", min: 0.21 }, { metric: "AP50", min: 0.4 }, { metric: "AR", min: 0.1 }];
  assert.throws(
    () => enforceGates(gates, { AP: 0.1981234567, AP50: NaN, AR: 0.5 }),
    (error) =>
      error instanceof BneckError && error.exitStatus === ExitStatus.gateNotMet &&
      error.message === "below --min: AP is 0.198123, not 0.21; AP50 is NaN, not 0.4",
  );
  assert.throws(() => enforceGates(gates.slice(0, 1), { AP: null }), /AP is not measured/);
});
