/**
 * Where the bytes of a JSON text come from.
 *
 * @module
 */

/** Where bytes come from: a file, or an array for text that is in memory already. */
export interface ByteSource {
  /** The number of bytes, where that is known (of pipes it is not: 0). */
  readonly size: number;
  /** Fills the start of `target` and returns how many bytes were written, 0 at the end. */
  read(target: Uint8Array): number;
  /**
   * Calls `visit` with all the bytes again, from the start, in pieces, to find the line of an error. Returns
   * false where they cannot be had again, as from a pipe.
   */
  replay(visit: (bytes: Uint8Array) => void): boolean;
}

/** Bytes that are in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    size: bytes.length,
    read(target) {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      position += piece.length;
      return piece.length;
    },
    replay(visit) {
      visit(bytes);
      return true;
    },
  };
}

/** The bytes of an open file. */
export function fileSource(file: Deno.FsFile): ByteSource {
  return {
    size: file.statSync().size,
    read: (target) => file.readSync(target) ?? 0,
    replay(visit) {
      const piece = new Uint8Array(1 << 20);
      try {
        file.seekSync(0, Deno.SeekMode.Start);
      } catch {
        return false;
      }
      for (let length; (length = file.readSync(piece));) visit(piece.subarray(0, length));
      return true;
    },
  };
}
