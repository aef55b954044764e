/** Runs `test` in a folder that holds empty files of the given paths. */
export async function withFiles(
  paths: readonly string[],
  test: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const path of paths) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, "");
    }
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
