/** What a process of child.ts tells the one that started it, and the slope of its memory. */

export interface Held {
  readonly step: number
  /** Of the process, in bytes, less what its JavaScript engine keeps for later use. */
  readonly resident: number
  /** What the runner says that it holds. */
  readonly memory: { readonly tensors: number; readonly bytes: number }
}

/** The exit code where the backend does not start. */
export const notUsable = 3

/**
 * The models that a leak is looked for with: the demo's, one whose steps take milliseconds, and the same on
 * batches of two short texts, for the backends that need long for a step.
 */
export const models = {
  demo: { spec: '../torch/small.distill', vocabulary: 8000, batch: 32, longest: 16 },
  tiny: { spec: 'tiny.distill', vocabulary: 200, batch: 32, longest: 16 },
  least: { spec: 'tiny.distill', vocabulary: 200, batch: 2, longest: 4 },
} as const

export type ModelName = keyof typeof models

export interface Slope {
  /** Bytes a step. */
  readonly slope: number
  /** Its standard error: infinite for fewer than three points. */
  readonly error: number
}

/**
 * The slope of resident memory by least squares. What a process holds changes slowly, so neighbours are alike:
 * the error counts as many points as are independent by the residuals' correlation at lag 1 (Bayley and
 * Hammersley 1946, the first-order form).
 */
export function slopeOf(held: readonly Pick<Held, 'step' | 'resident'>[]): Slope {
  const n = held.length
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / n
  const [x, y] = [held.map(({ step }) => step), held.map(({ resident }) => resident)]
  const [centre, level] = [mean(x), mean(y)]
  const spread = x.reduce((sum, v) => sum + (v - centre) ** 2, 0)
  const slope = x.reduce((sum, v, i) => sum + (v - centre) * ((y[i] ?? 0) - level), 0) / spread
  if (n < 3) return { slope, error: Number.POSITIVE_INFINITY }
  const residuals = y.map((v, i) => v - level - slope * ((x[i] ?? 0) - centre))
  const squares = residuals.reduce((sum, r) => sum + r * r, 0)
  const products = residuals.slice(1).reduce((sum, r, i) => sum + r * (residuals[i] ?? 0), 0)
  const alike = squares === 0 ? 0 : Math.min(0.99, Math.max(0, products / squares))
  const error = Math.sqrt((squares / (n - 2) / spread) * ((1 + alike) / (1 - alike)))
  return { slope, error }
}
