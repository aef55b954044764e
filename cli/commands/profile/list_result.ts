/** The networks of the catalogue. */
import { MADDS_UNIT, type Subject } from "../../../core/profile/mod.ts";
import { NETWORKS } from "../../../models/zoo/mod.ts";
import { networkSubject } from "../../../models/profile/mod.ts";
import { formatCount, plural } from "../../console/format.ts";
import { countsJson } from "./comparison_result.ts";
import { countingText, type Result } from "./result.ts";

/** Every network with its counts at its own input size. */
export function listResult(): Result<Subject> {
  const rows = NETWORKS.map((network) => networkSubject(network));
  return {
    title: plural(rows.length, "network"),
    facts: [countingText("plain")],
    rows,
    columns: [
      { title: "network", value: ({ name }) => name },
      { title: "input", value: ({ input }) => input, align: "right" },
      { title: "params", value: ({ costs }) => formatCount(costs.parameters), align: "right" },
      { title: "MAdds", value: ({ costs }) => formatCount(costs.madds), align: "right" },
      { title: "what it is", value: ({ summary }) => summary },
    ],
    dataColumns: [
      { title: "network", value: ({ name }) => name },
      { title: "input", value: ({ input }) => input },
      { title: "params", value: ({ costs }) => costs.parameters },
      { title: "madds", value: ({ costs }) => costs.madds },
      { title: "summary", value: ({ summary }) => summary },
    ],
    notes: [
      "The paper's families exist at any width: mobilenetv2-1.4, mobilenetv3-small-0.6, ssdlite-mobilenetv2-0.75.",
    ],
    json: { unit: MADDS_UNIT, rule: "plain", networks: rows.map(countsJson) },
  };
}
