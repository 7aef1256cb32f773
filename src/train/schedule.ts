/**
 * Rates and other scalars over the course of a stage. `step` counts the updates made before (0 at the first),
 * `progress` is step / total (0 at the first update, never 1), `epoch` counts finished epochs from 0.
 */
import type { Schedule } from '../check/program.ts'
import type { BinaryName, Term, UnaryName } from '../check/tensor-term.ts'

export interface Moment {
  readonly progress: number
  readonly step: number
  readonly epoch: number
}

export function momentAt(step: number, total: number, stepsPerEpoch: number): Moment {
  return {
    step,
    progress: total > 0 ? Math.min(1, step / total) : 0,
    epoch: stepsPerEpoch > 0 ? Math.floor(step / stepsPerEpoch) : 0,
  }
}

/**
 * The rate at a moment. `linear` is warmup_linear of the published BERT code (transformers'
 * get_linear_schedule_with_warmup): it rises from 0 during the first `warmup` share of the stage, then falls
 * to 0 at its end.
 */
export function rateAt(schedule: Schedule, moment: Moment): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate
    case 'linear': {
      const { rate, warmup } = schedule
      const x = moment.progress
      if (x < warmup) return (rate * x) / warmup
      return warmup < 1 ? Math.max(0, (rate * (1 - x)) / (1 - warmup)) : rate
    }
    case 'expression':
      return evaluateScalar(schedule.term, moment)
  }
}

const unary: { readonly [Name in UnaryName]?: (x: number) => number } = {
  negate: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  floor: Math.floor,
  tanh: Math.tanh,
  relu: (x) => Math.max(0, x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  stop_gradient: (x) => x,
}

const binary: { readonly [Name in BinaryName]: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  min: Math.min,
  max: Math.max,
}

export const comparisons = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
}

/**
 * The value of a scalar term that reads only progress, step and epoch. The checker allows no other in a rate.
 */
export function evaluateScalar(term: Term, moment: Moment): number {
  const { operation, inputs } = term
  const input = (index: number): number => {
    const from = inputs[index]
    if (!from) throw new Error(`${operation.op} lacks input ${index}`)
    return evaluateScalar(from, moment)
  }
  switch (operation.op) {
    case 'number':
      return operation.value
    case 'schedule':
      return moment[operation.name]
    case 'unary': {
      const f = unary[operation.name]
      if (!f) break
      return f(input(0))
    }
    case 'binary':
      return binary[operation.name](input(0), input(1))
    case 'compare':
      return comparisons[operation.name](input(0), input(1)) ? 1 : 0
    case 'select':
      return input(0) !== 0 ? input(1) : input(2)
  }
  throw new Error(`a rate cannot contain ${operation.op}`)
}
