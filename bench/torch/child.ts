/** A measurement in a process of its own: what it printed last, or why there is nothing. */
import { spawnSync } from 'node:child_process'
import { z } from 'zod'

const measurement = z.object({
  seconds_per_step: z.number().optional(),
  first_epoch: z.number().optional(),
  later_epochs: z.number().optional(),
  startup_seconds: z.number().optional(),
  /** Operations of a step's products, by the precision they are computed in. */
  product_flops: z.record(z.string(), z.number()).optional(),
  peak_bytes: z.number(),
})
export type Measurement = z.infer<typeof measurement>

export interface Failure {
  readonly failed: string
}

export interface MeasureOptions {
  /** In seconds. */
  readonly limit: number
  readonly folder: string
  /** Variables besides those of this process. */
  readonly environment?: { readonly [name: string]: string }
}

export function measure(
  command: string,
  parts: readonly string[],
  { limit, folder, environment }: MeasureOptions,
): Measurement | Failure {
  const { stdout, stderr, status, error } = spawnSync(command, [...parts], {
    cwd: folder,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: limit * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 2 ** 20,
  })
  if (error !== undefined)
    return {
      failed: 'code' in error && error.code === 'ETIMEDOUT' ? `not done in ${limit} s` : error.message,
    }
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (status === 0 && line.startsWith('{')) return measurement.parse(JSON.parse(line))
  const lines = stderr.trim().split('\n')
  const isException = (text: string): boolean => /^[\w.]+(Error|Exception|Unsupported|Failed)\b/.test(text)
  const reason =
    lines.findLast(isException) ?? lines.findLast((text) => /error/i.test(text)) ?? `ended with ${status}`
  return { failed: reason.trim().slice(0, 160) }
}
