/** The last part of a path, without extension. */
export function baseNameOf(path: string): string {
  return path.replace(/.*[\\/]/, "").replace(/\.[^.]*$/, "");
}
