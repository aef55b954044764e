import { serveObediently } from "./obedient_worker.ts";

serveObediently(2);
