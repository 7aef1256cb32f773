/**
 * `report.json` of a run folder: the final table, written when the run ends. A run with this file is
 * finished.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { metricNames } from '../check/metric-names.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { writeAtomically } from '../weights/atomic-write.ts'
import { type ModelReport, reportToJson } from './report.ts'
import type { RunFolder } from './run-folder.ts'

const schema = z.object({
  /** Models that the run trained. The others are there for comparison. */
  trained: z.array(z.string()),
  models: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      data: z.string().optional(),
      split: z.string().optional(),
      /** JSON has no infinite numbers. A perplexity can be infinite. */
      metrics: z.record(z.string(), z.number().nullable()).optional(),
      parameters: z.number(),
      bytes: z.number(),
      latency_ms: z.number().optional(),
    }),
  ),
})

export interface RunReport {
  readonly trained: readonly string[]
  readonly models: readonly ModelReport[]
}

function fileOf(folder: RunFolder): string {
  return join(folder.path, 'report.json')
}

function isFinished(folder: RunFolder): boolean {
  return existsSync(fileOf(folder))
}

export function writeReport(folder: RunFolder, { trained, models }: RunReport): void {
  const text = JSON.stringify({ trained, models: reportToJson(models) }, null, 2)
  writeAtomically(fileOf(folder), [Buffer.from(`${text}\n`)])
}

/** A resumed run is no longer finished. */
export function removeReport(folder: RunFolder): void {
  rmSync(fileOf(folder), { force: true })
}

/** Undefined if the run is not finished. Throws E1107 if the file is damaged. */
export function readReport(folder: RunFolder): RunReport | undefined {
  if (!isFinished(folder)) return undefined
  const parsed = schema.safeParse(parseJson(readFileSync(fileOf(folder), 'utf8')))
  if (!parsed.success) {
    const help = 'delete the file; training with --resume writes it again'
    throw new DiagnosticError(notARunFolder({ path: fileOf(folder), problem: 'cannot be understood', help }))
  }
  const models = parsed.data.models.map((model): ModelReport => {
    const { name, data, split, metrics, parameters, bytes, latency_ms: latency } = model
    const values = metricNames.flatMap((metric) => {
      const value = metrics?.[metric]
      return value === undefined ? [] : [[metric, value ?? Number.POSITIVE_INFINITY] as const]
    })
    const scored = data !== undefined && split !== undefined
    return {
      name,
      model: model.model,
      ...(scored ? { score: { model: name, data, split, values: new Map(values) } } : {}),
      parameters,
      bytes,
      ...(latency === undefined ? {} : { latency }),
    }
  })
  return { trained: parsed.data.trained, models }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
