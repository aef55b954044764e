/** A program with one slow command, for the tests of signals, pipes and uncaught errors. */
import { runBneck } from "../../../cli/app.ts";
import { command, commandGroup, type NoFlags } from "../../../cli/command.ts";
import type { Context } from "../../../cli/context.ts";
import { runProcess } from "../../../cli/process.ts";

const EXAMPLES = [{ line: "bneck wait", does: "wait" }];

const commands = commandGroup({
  brief: "test",
  description: "Test.",
  routes: {
    wait: command({
      brief: "wait to be stopped",
      description: "Waits.",
      examples: EXAMPLES,
      parameters: {},
      load: () =>
        Promise.resolve({
          default: async function (this: Context, _flags: NoFlags) {
            this.print("waiting");
            const timer = setInterval(() => {}, 1000);
            await new Promise((done) => this.signal.addEventListener("abort", done));
            clearInterval(timer);
            this.print("finished what was in hand");
          },
        }),
    }),
    hang: command({
      brief: "do not stop when asked",
      description: "Hangs.",
      examples: EXAMPLES,
      parameters: {},
      load: () =>
        Promise.resolve({
          default: async function (this: Context, _flags: NoFlags) {
            this.print("hanging");
            await new Promise((done) => setTimeout(done, 600_000));
          },
        }),
    }),
    chatter: command({
      brief: "print until stopped",
      description: "Prints.",
      examples: EXAMPLES,
      parameters: {},
      load: () =>
        Promise.resolve({
          default: async function (this: Context, _flags: NoFlags) {
            while (!this.signal.aborted) {
              this.print("x".repeat(1000));
              await new Promise((done) => setTimeout(done));
            }
            this.log.info("stopped");
          },
        }),
    }),
    reject: command({
      brief: "leave an error uncaught",
      description: "Rejects.",
      examples: EXAMPLES,
      parameters: {},
      load: () =>
        Promise.resolve({
          default: async function (this: Context, _flags: NoFlags) {
            Promise.reject(new Error("nobody waited for this"));
            await new Promise((done) => setTimeout(done, 600_000));
          },
        }),
    }),
    folder: command({
      brief: "print the working folder",
      description: "Prints it.",
      examples: EXAMPLES,
      parameters: {},
      load: () =>
        Promise.resolve({
          default: function (this: Context, _flags: NoFlags) {
            this.print(`${this.cwd}\n${Deno.realPathSync(".")}`);
          },
        }),
    }),
  },
});

if (import.meta.main) await runProcess((args, context) => runBneck(args, context, commands));
