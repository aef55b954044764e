/** Makes the reading of files end the thread (`dies`), the first time only (`dies-once`), or wait for ever (`hangs`). */
import { existsSync } from "node:fs";

const { readFile } = Deno;

Deno.readFile = async (path, options) => {
  const name = String(path).replace(/^.*\//, "");
  if (name.startsWith("hangs")) await new Promise(() => {});
  if (name.startsWith("dies")) {
    const marker = `${path}.died`;
    if (!name.startsWith("dies-once") || !existsSync(marker)) {
      Deno.writeTextFileSync(marker, "");
      Deno.exit(7); // In a worker it ends the thread alone.
    }
  }
  return await readFile(path, options);
};
