import { ROOT } from "../../support/shared.ts";

/** What a program that ran to its end has left. */
export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a process of its own: for what ends a process, and what it prints. */
export async function runProgram(text: string, permissions = ["--allow-read"]): Promise<ProgramEnd> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, text);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", ...permissions, `--config=${ROOT}deno.json`, file],
      env: { NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(file);
  }
}
