/** What each finished job of the study gave, a line each in bench/study/results.jsonl. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const metricsSchema = z.record(z.string(), z.number())
const resultSchema = z.object({
  /** `0/snips/teacher` */
  job: z.string(),
  /** The last weights', on both splits; what trains nothing has a test score alone. */
  validation: metricsSchema.optional(),
  test: metricsSchema,
  parameters: z.number(),
  /** The whole process, from its start; absent where it was cut off and went on. */
  seconds: z.number().optional(),
  /** `note:` lines on factorized matrices. */
  energy: z.array(z.string()).optional(),
  date: z.string(),
})
export type Result = z.infer<typeof resultSchema>

const file = new URL('results.jsonl', import.meta.url).pathname

/** By job; of several lines for one the last. */
export function readResults(): Map<string, Result> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const results = lines.map((line) => resultSchema.parse(JSON.parse(line)))
  return new Map(results.map((result) => [result.job, result]))
}

export function addResult(result: Result): void {
  appendFileSync(file, `${JSON.stringify(resultSchema.parse(result))}\n`)
}
