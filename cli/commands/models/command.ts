import { commandGroup } from "../../command.ts";
import { list } from "./list/command.ts";
import { path } from "./path/command.ts";
import { pull } from "./pull/command.ts";
import { show } from "./show/command.ts";
import { verify } from "./verify/command.ts";

/** `bneck models`. */
export const models = commandGroup({
  brief: "list models, fetch their weights, check files of weights",
  description:
    "The known models and their weights. everyday and street need no download; the weights of the others are fetched once from the " +
    "projects that publish them, checked against the published digest, and kept in a folder.",
  routes: { list, show, pull, verify, path },
});
