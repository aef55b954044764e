/**
 * The stdout of a program, read no sooner than it is asked for: a program that writes more than a pipe holds (64 KiB)
 * waits meanwhile, however busy the machine is.
 */
export async function* pacedOutput(child: Deno.ChildProcess): AsyncGenerator<string, void, undefined> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    yield decoder.decode(part.value, { stream: true });
  }
}
