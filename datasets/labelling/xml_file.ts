/**
 * Reading XML that users name, element by element.
 *
 * @module
 */
import { type SaxesAttributePlain, SaxesParser } from "saxes";
import { BneckError, inputError, usageError } from "../../core/errors.ts";
import { reasonOf } from "../../core/files/reason.ts";

/** Bytes of a file. */
const MAX_BYTES = 2 ** 30;

/** Elements within elements; tools for labelling write seven at most. */
const MAX_DEPTH = 32;

/** Characters of an attribute: the run lengths of the mask of a large image. */
const MAX_ATTRIBUTE = 2 ** 26;

/** Characters of the text of an element; what is longer is cut off. */
const MAX_TEXT = 1000;

/** Part of a file that is read at a time. */
const CHUNK = 1 << 18;

/** Makes the error of something at the place that is being read; `reason` continues `line 7`. */
export type Fault = (reason: string) => BneckError;

/** What becomes of the elements. */
export interface XmlHandler {
  /**
   * An element begins.
   *
   * @param above the names of those around it, the outermost first
   */
  begin(name: string, attributes: Readonly<Record<string, string>>, above: readonly string[]): void;
  /** It ends; `text` is what stands in it, without the elements and what is before them. */
  end(name: string, text: string, above: readonly string[]): void;
}

/**
 * Reads a file of any size up to a gigabyte as it comes. Entities of its own are not expanded but an error, and nothing
 * that it names is opened.
 *
 * @throws {BneckError} The file cannot be read or is not valid XML, or the handler throws it.
 */
export async function readXml<Handler extends XmlHandler>(
  path: string,
  handlerOf: (fault: Fault) => Handler,
): Promise<Handler> {
  const parser = new SaxesParser();
  const fault: Fault = (reason) =>
    inputError(`cannot read the labels ${path}: line ${parser.line} ${reason}`);
  const handler = handlerOf(fault);
  listen(parser, path, handler, fault);
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than the limit of ${MAX_BYTES}`);
    using file = await Deno.open(path);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const chunk = new Uint8Array(CHUNK);
    for (let length = await file.read(chunk); length !== null; length = await file.read(chunk)) {
      parser.write(decoder.decode(chunk.subarray(0, length), { stream: true }));
    }
    parser.write(decoder.decode());
    parser.close();
  } catch (error) {
    if (error instanceof BneckError) throw error;
    throw usageError(`cannot read the labels ${path}: ${reasonOf(error)}`, error);
  }
  return handler;
}

function listen(parser: SaxesParser, path: string, handler: XmlHandler, fault: Fault): void {
  const open: string[] = [];
  let text = "";
  parser.on("error", (error) => {
    // deno-lint-ignore no-control-regex
    const reason = error.message.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, 200);
    throw inputError(`cannot read the labels ${path}: not valid XML (${reason})`);
  });
  parser.on("attribute", ({ value }: SaxesAttributePlain) => {
    if (value.length > MAX_ATTRIBUTE) throw fault(`has an attribute of ${value.length} characters`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (open.length >= MAX_DEPTH) throw fault(`nests its elements more than ${MAX_DEPTH} deep`);
    handler.begin(name, attributes, open);
    text = "";
    open.push(name);
  });
  parser.on("text", (part) => text = (text + part.slice(0, MAX_TEXT)).slice(0, MAX_TEXT));
  parser.on("closetag", () => {
    const name = open.pop()!;
    handler.end(name, text, open);
    text = "";
  });
}

/** Bytes in which the first element begins. */
const HEAD_BYTES = 1 << 16;

/** The name of the first element; `undefined` where the file has none, or cannot be read. */
export async function firstElement(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(HEAD_BYTES);
    const text = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
    return /^\s*(?:<[?!][^>]*>\s*)*<([\w.:-]{1,100})/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
