/** Adam for networks whose BatchNorm is folded, so that filters differ in size by orders of magnitude. */

/** Values that learn, `[rows, …]`: a row is a filter, or one number of a bias. */
export interface LearnedValues {
  readonly rows: number;
  readonly data: Float32Array;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-12;

/**
 * Adam (Kingma and Ba, ICLR 2015, algorithm 1) with a learning rate for each filter: relative to the root of the mean
 * square of its weights when training begins. So each filter changes by the same share of itself, as those of a network
 * with BatchNorm would. A bias has the rate of its filter times the root of the filter's inputs.
 */
export class ChannelAdam {
  readonly #state = new Map<string, State>();
  #steps = 0;

  /** @param values by `SCOPE.weight` and `SCOPE.bias`; they are changed in place. */
  constructor(values: ReadonlyMap<string, LearnedValues>) {
    for (const [name, { rows, data }] of values) {
      const filters = name.endsWith(".bias") ? values.get(name.replace(/bias$/, "weight")) : undefined;
      const scales = filters
        ? rowSizes(filters).map((size) => size * Math.sqrt(filters.data.length / rows))
        : undefined;
      this.#state.set(name, {
        data,
        rates: scales ?? rowSizes({ rows, data }),
        first: new Float32Array(data.length),
        second: new Float32Array(data.length),
      });
    }
  }

  /**
   * One step, in place.
   *
   * @param gradientOf the gradient of the values of a name.
   * @param rate the share of its size by which a filter changes at most, about.
   */
  step(gradientOf: (name: string) => Float32Array, rate: number): void {
    this.#steps++;
    const firstCorrection = 1 - BETA_1 ** this.#steps;
    const secondRoot = Math.sqrt(1 - BETA_2 ** this.#steps);
    for (const [name, { data, rates, first, second }] of this.#state) {
      const gradient = gradientOf(name);
      const perRow = data.length / rates.length;
      for (let row = 0, i = 0; row < rates.length; row++) {
        const factor = rate * rates[row] / firstCorrection;
        for (const end = (row + 1) * perRow; i < end; i++) {
          const slope = gradient[i];
          first[i] = BETA_1 * first[i] + (1 - BETA_1) * slope;
          second[i] = BETA_2 * second[i] + (1 - BETA_2) * slope * slope;
          data[i] -= factor * first[i] / (Math.sqrt(second[i]) / secondRoot + EPSILON);
        }
      }
    }
  }
}

interface State {
  readonly data: Float32Array;
  readonly rates: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** For each row the root of the mean of its squares; rows of zeros may learn as much as the mean row. */
function rowSizes({ rows, data }: LearnedValues): Float32Array {
  const perRow = data.length / rows;
  const sizes = new Float32Array(rows);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = row * perRow; i < (row + 1) * perRow; i++) squares += data[i] * data[i];
    sizes[row] = Math.sqrt(squares / perRow);
    sum += sizes[row] / rows;
  }
  return sizes.map((size) => size > 0.05 * sum ? size : 0.05 * sum);
}
