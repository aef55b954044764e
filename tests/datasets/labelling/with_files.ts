/** Folders of labels for tests. */
import { join } from "node:path";
import { inFolder, write } from "../../support/folders.ts";

/**
 * A folder with files while `body` runs.
 *
 * @param files their contents, texts or bytes, by their paths in the folder
 */
export async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) await write(join(folder, name), content);
    await body(folder);
  });
}
