/** The memory of a running process, as the operating system counts it. */

/** Bytes of resident memory; `undefined` when the process has ended. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  const { success, stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] })
    .output();
  return success ? Number(new TextDecoder().decode(stdout)) * 1024 : undefined;
}

/** The most that was seen, looking five times a second until the process ends. */
export async function largestMemory(child: Deno.ChildProcess): Promise<number> {
  let largest = 0;
  let ended = false;
  child.status.then(() => ended = true);
  while (!ended) {
    largest = Math.max(largest, await residentMemory(child.pid) ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return largest;
}
