/**
 * The program: its commands, and one run of it.
 *
 * @module
 */
import { buildApplication, ExitCode, run, type StricliIntegration } from "@stricli/core";
import { ExitStatus } from "../core/errors.ts";
import {
  APPLICATION_FLAGS,
  colorChoice,
  type CommandLine,
  readCommandLine,
  type Target,
} from "./arguments.ts";
import { type BneckRouteMap, commandGroup } from "./command.ts";
import { adapt } from "./commands/adapt/command.ts";
import { adopt } from "./commands/adopt/command.ts";
import { classify } from "./commands/classify/command.ts";
import { completions } from "./commands/completions/command.ts";
import { detect } from "./commands/detect/command.ts";
import { doctor } from "./commands/doctor/command.ts";
import { evaluation } from "./commands/eval.ts";
import { exportOnnx } from "./commands/export/command.ts";
import { fit } from "./commands/fit/command.ts";
import { models } from "./commands/models/command.ts";
import { profile } from "./commands/profile/command.ts";
import { quantize } from "./commands/quantize/command.ts";
import { run as runHeads } from "./commands/run/command.ts";
import { search } from "./commands/search/command.ts";
import { segment } from "./commands/segment/command.ts";
import type { Context } from "./context.ts";
import { explain, INTERNAL_ERROR } from "./failures.ts";
import { formatHelp } from "./help.ts";
import { messages } from "./messages.ts";
import { VERSION } from "./version.ts";

/** Every command. A new one is a new entry here; help and completions follow. */
export const COMMANDS: BneckRouteMap = commandGroup({
  brief: "detect, segment and classify images with MobileNetV3 on a CPU",
  description:
    "bneck detects objects in folders of images and segments them with MobileNetV3 networks on a CPU, " +
    "evaluates results on COCO and Cityscapes, and measures the cost of every layer of a network. Without any download " +
    "it detects COCO's 80 classes of objects and segments Pascal VOC's 20, and with -m street 11 classes of street scenes; " +
    "what needs models pull first says so.",
  routes: {
    segment,
    detect,
    run: runHeads,
    classify,
    eval: evaluation,
    fit,
    adapt,
    profile,
    search,
    models,
    export: exportOnnx,
    quantize,
    adopt,
    doctor,
    completions,
  },
});

/**
 * Runs one command line and returns the exit status. Nothing is thrown: every error is reported in the context's
 * log.
 */
export async function runBneck(
  args: readonly string[],
  context: Context,
  commands: BneckRouteMap = COMMANDS,
): Promise<number> {
  try {
    context.configure(colorChoice(args), "normal");
    const line = await configured(readCommandLine(commands, args), context, commands);
    if (line.configured) context.configured = line.configured;
    await run(application(commands, line, context), line.inputs, context);
    settle(context);
  } catch (error) {
    context.fail(error);
  }
  const stopped = context.signal.aborted && context.exitStatus <= ExitStatus.someInputsFailed;
  return stopped ? ExitStatus.interrupted : context.exitStatus;
}

/** Help, versions and completions are the same everywhere. */
async function configured(line: CommandLine, context: Context, commands: Target): Promise<CommandLine> {
  const words = Object.entries(APPLICATION_FLAGS).flatMap(([name, { alias }]) => [`--${name}`, `-${alias}`]);
  if (line.path.length === 0 || line.inputs.some((word) => words.includes(word))) return line;
  // Run here, since help does not wait for it; named so that it can be imported without permission to read.
  const { readConfiguration, withConfiguration } = await import("./configuration.ts");
  return withConfiguration(line, await readConfiguration(context.cwd), commands);
}

function application(commands: BneckRouteMap, line: CommandLine, context: Context) {
  return buildApplication<Context>(commands, {
    name: "bneck",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    localization: { text: messages(line) },
  }, {
    help: applicationFlag("help", context, () => {
      const { path, target } = line;
      context.stdout.write(
        formatHelp(target, path, { columns: context.stdout.columns(), colors: context.colors }),
      );
    }),
    version: applicationFlag("version", context, () => {
      if (!line.inputs.includes("--json")) return context.print(`bneck ${VERSION}`);
      const { os, arch } = Deno.build;
      context.printJson({ bneck: VERSION, ...Deno.version, os, arch });
    }),
  });
}

/** A flag that is answered in place of running a command. */
function applicationFlag(
  name: keyof typeof APPLICATION_FLAGS,
  context: Context,
  answer: () => void,
): StricliIntegration<Context> {
  const { alias, brief } = APPLICATION_FLAGS[name];
  return {
    flag: {
      brief,
      aliases: [alias],
      global: name === "help",
      defaultForRouteMap: name === "help",
      run() {
        try {
          answer();
        } catch (error) {
          context.exitStatus = explain(error).status;
          throw error;
        }
      },
    },
  };
}

/** Turns the parser's exit code into ours. Errors of commands have been settled by {@linkcode Context.fail}. */
function settle(context: Context): void {
  const code = context.process.exitCode;
  if (code === ExitCode.InvalidArgument || code === ExitCode.UnknownCommand) {
    context.exitStatus = ExitStatus.usage;
  } else if (code !== ExitCode.Success && context.exitStatus === ExitStatus.done) {
    context.exitStatus = INTERNAL_ERROR;
  }
}
