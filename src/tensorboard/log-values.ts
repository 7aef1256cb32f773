/** Lines of metrics.jsonl as values for TensorBoard. Tags begin with the stage, whose steps they count. */
import { z } from 'zod'
import { scalar, type Value } from './values.ts'

/** JSON has no infinite numbers: they are null, and left out. */
const numbers = z.record(z.string(), z.number().nullable())

const shape = z.object({
  event: z.string().optional(),
  stage: z.string().optional(),
  step: z.number().default(0),
  /** Of a line of older runs it is not known. */
  time: z.string().optional(),
  terms: numbers.optional(),
  total: z.number().nullable().optional(),
  gradient_norm: z.number().nullable().optional(),
  term_gradient_norms: numbers.optional(),
  rate: z.number().optional(),
  steps_per_second: z.number().optional(),
  tokens_per_second: z.number().optional(),
  model: z.string().optional(),
  metrics: numbers.optional(),
})

export interface LogValues {
  readonly values: readonly Value[]
  readonly step: number
  readonly time: Date | undefined
  /** Of an evaluation. */
  readonly evaluated?: { readonly stage: string; readonly model: string }
  /** Whether the run finished with this line. */
  readonly finished: boolean
}

/** Undefined for what is no line of a log. A line of another kind has no values. */
export function valuesOfLine(line: unknown): LogValues | undefined {
  const parsed = shape.safeParse(line)
  if (!parsed.success) return undefined
  const { event, stage, step, time, model, metrics, ...logged } = parsed.data
  const at = { step, time: timeOf(time), finished: event === 'finished' }
  const under = (...names: string[]): string => [...(stage === undefined ? [] : [stage]), ...names].join('/')
  const all = (values: z.infer<typeof numbers> = {}, ...names: string[]): Value[] =>
    Object.entries(values).flatMap(([name, number]) => one(number, ...names, name))
  const one = (number: number | null | undefined, ...names: string[]): Value[] =>
    typeof number === 'number' ? [scalar(under(...names), number)] : []
  if (event === undefined) {
    const values = [
      ...one(logged.total, 'loss'),
      ...all(logged.terms, 'loss'),
      ...one(logged.gradient_norm, 'gradient_norm'),
      ...all(logged.term_gradient_norms, 'gradient_norm'),
      ...one(logged.rate, 'rate'),
      ...one(logged.steps_per_second, 'steps_per_second'),
      ...one(logged.tokens_per_second, 'tokens_per_second'),
    ]
    return { ...at, values }
  }
  if ((event !== 'evaluation' && event !== 'teacher') || model === undefined) return { ...at, values: [] }
  const values = all(metrics, model)
  return event === 'evaluation' && stage !== undefined
    ? { ...at, values, evaluated: { stage, model } }
    : { ...at, values }
}

function timeOf(text = ''): Date | undefined {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}
