/** The worker of `segment`, `detect` and `run`, with files that are deadly. */
import "./mortal_reads.ts";
import "../../../models/pipeline/worker.ts";
