/** What is at a path. With Deno's own calls: loading `node:fs` for them would take 20 ms of every start. */

/** Whether something is there that can be looked at; a link that leads nowhere is not. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What two paths have in common only if they lead to the same file; `undefined` where there is none. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
