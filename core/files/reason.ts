/**
 * Why a file operation failed, in users' words.
 *
 * @module
 */
import { getSystemErrorName } from "node:util";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is too large for the file system or the limit of the process",
  EIO: "input/output error of the device",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "a symbolic link leads back to itself",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ESTALE: "the network file system has lost the file",
};

/**
 * The reason of a failed file operation in a few words: `permission denied`, `no space left on the device`. An
 * operation that Deno's permissions forbid names the flag that allows it.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    const flag = error.message.match(/--allow-\w+/)?.[0];
    // Deno keeps files of the system, such as those in /proc and /dev, to programs that may do everything.
    if (flag === "--allow-all") {
      return "Deno does not let programs use special folders such as /proc and /dev";
    }
    return `Deno was not given the permission${flag === undefined ? "" : ` (${flag})`}`;
  }
  if (!(error instanceof Error)) return String(error);
  return REASONS[codeOf(error)] ?? error.message.split("\n")[0].replace(/ \(os error \d+\).*/, "");
}

/** `ENOSPC` and the like. Deno's rarer errors lack the code, but their message contains the number. */
function codeOf(error: Error): string {
  if ("code" in error) return String(error.code);
  const number = Number(error.message.match(/\(os error (\d+)\)/)?.[1]);
  try {
    return getSystemErrorName(-number);
  } catch {
    return "";
  }
}
