/** Softmax over each row of a table, in the plainest way. */
export function softmaxRows(logits: Float32Array, columns: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += columns) {
    const row = logits.subarray(at, at + columns);
    const largest = Math.max(...row);
    const powers = Array.from(row, (logit) => Math.exp(logit - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, index) => result[at + index] = power / total);
  }
  return result;
}
