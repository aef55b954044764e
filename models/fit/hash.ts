/** A number in 32 bits that follows from a text (FNV-1a); for seeds, not for security. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A short name for some plain data: that of its JSON. */
export function keyOf(data: unknown): Promise<string> {
  return digestOf(new TextEncoder().encode(JSON.stringify(data)));
}

/** A short name for some bytes: sixteen digits of their SHA-256. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
