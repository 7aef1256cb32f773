/**
 * When agreement is measured, and on how many texts, so that it costs at most 2% of the time of a run. All of
 * it follows from measured times: a teacher may cost as much as a thousand steps of its student, or as one.
 */

/** Texts of a batch, and the fewest that are compared. */
export const together = 32
/** Batches of the largest number of texts, 256. */
export const mostBatches = 8
/** Largest share of the time of a run. Half of it is kept for the end. */
const ofRun = 0.02
const ofEvaluations = 0.01

/** Seconds. */
export interface Spending {
  /** Of the run so far, agreement included. */
  readonly run: number
  /** On agreement so far. */
  readonly agreement: number
}

/** Seconds that a measurement at an evaluation may take. */
export function leftForEvaluation({ run, agreement }: Spending): number {
  return ofEvaluations * run - agreement
}

/** Seconds that the measurement at the end may take; it is made on one batch even if none are left. */
export function leftForEnd({ run, agreement }: Spending): number {
  return ofRun * run - agreement
}

/** Seconds of the first batch of texts, for all models together. */
export interface FirstBatch {
  /** Compiling. */
  readonly start: number
  /** Running the models. */
  readonly batch: number
  /** The products of each text with each: they grow by the square of the number of texts. */
  readonly products: number
}

/** Number of batches for which the time is enough, from 1 to 8. */
export function batchesWithin(seconds: number, { start, batch, products }: FirstBatch): number {
  let count = 1
  while (count < mostBatches && start + (count + 1) * batch + (count + 1) ** 2 * products <= seconds) count++
  return count
}

/**
 * Seconds that the first measurement of a stage takes, before any is known: at most those of training on one
 * batch for each pair of models. A step runs both models and the backward pass of one of them.
 * @param seconds of the stage so far @param examples trained in them
 */
export function firstCost(seconds: number, examples: number, pairs: number): number {
  return (seconds / examples) * together * pairs
}
