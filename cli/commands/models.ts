import { commandGroup } from "../command.ts";
import { list } from "./models/list.ts";
import { path } from "./models/path.ts";
import { pull } from "./models/pull.ts";
import { show } from "./models/show.ts";
import { verify } from "./models/verify.ts";

/** `bneck models`. */
export const models = commandGroup({
  brief: "list models, fetch their weights, check files of weights",
  description:
    "The models that can be named, and their weights. One needs no download; the weights of the others are fetched once " +
    "from the projects that publish them, checked against the digest that is published, and kept in a folder.",
  routes: { list, show, pull, verify, path },
});
