/**
 * `report.json` of a run folder: the final table, written when the run ends. A run with this file is
 * finished.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { type MetricName, metricNames } from '../check/metric-names.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { readText, removeAll } from '../disk/whole-files.ts'
import { parsedJson } from '../files/json.ts'
import type { BaselineScore } from './baselines/baseline.ts'
import { baselinesToJson, type ModelReport, reportToJson } from './report.ts'
import type { RunFolder } from './run-folder.ts'

/** JSON has no infinite numbers. A perplexity can be infinite. */
const metricsSchema = z.record(z.string(), z.number().nullable())

const schema = z.object({
  /** Models that the run trained. The others are there for comparison. */
  trained: z.array(z.string()),
  models: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      data: z.string().optional(),
      split: z.string().optional(),
      metrics: metricsSchema.optional(),
      /** Reports of older versions have none. */
      examples: z.number().optional(),
      parameters: z.number(),
      bytes: z.number(),
      latency_ms: z.number().optional(),
      latency_from: z.string().optional(),
    }),
  ),
  /** What counting gives on the models' splits. Reports of older versions have none. */
  baselines: z
    .array(z.object({ name: z.string(), data: z.string(), split: z.string(), metrics: metricsSchema }))
    .default([]),
})

export interface RunReport {
  readonly trained: readonly string[]
  readonly models: readonly ModelReport[]
  readonly baselines: readonly BaselineScore[]
}

function fileOf(folder: RunFolder): string {
  return join(folder.path, 'report.json')
}

export function writeReport(folder: RunFolder, { trained, models, baselines }: RunReport): void {
  const all = { trained, models: reportToJson(models), baselines: baselinesToJson(baselines) }
  const text = JSON.stringify(all, null, 2)
  writeAtomically(fileOf(folder), [Buffer.from(`${text}\n`)], folder.disk)
}

/** A resumed run is no longer finished. */
export function removeReport(folder: RunFolder): void {
  removeAll(fileOf(folder), folder.disk)
}

/** Undefined if the run is not finished. Throws E1107 if the file is damaged. */
export function readReport(folder: RunFolder): RunReport | undefined {
  const text = readText(fileOf(folder), folder.disk)
  if (text === undefined) return undefined
  const parsed = schema.safeParse(parsedJson(text))
  if (!parsed.success) {
    const help = 'delete the file; training with --resume writes it again'
    throw new DiagnosticError(notARunFolder({ path: fileOf(folder), problem: 'cannot be understood', help }))
  }
  const models = parsed.data.models.map((model): ModelReport => {
    const {
      name,
      data,
      split,
      metrics,
      examples,
      parameters,
      bytes,
      latency_ms: latency,
      latency_from: from,
    } = model
    const scored = data !== undefined && split !== undefined
    const counted = examples === undefined ? {} : { examples }
    return {
      name,
      model: model.model,
      ...(scored ? { score: { model: name, data, split, values: valuesOf(metrics), ...counted } } : {}),
      parameters,
      bytes,
      ...(latency === undefined ? {} : { latency }),
      ...(from === undefined ? {} : { latencyFrom: from }),
    }
  })
  const baselines = parsed.data.baselines.map(({ metrics, ...place }) => ({
    ...place,
    values: valuesOf(metrics),
  }))
  return { trained: parsed.data.trained, models, baselines }
}

function valuesOf(metrics: z.infer<typeof metricsSchema> = {}): Map<MetricName, number> {
  return new Map(
    metricNames.flatMap((name) => {
      const value = metrics[name]
      return value === undefined ? [] : [[name, value ?? Number.POSITIVE_INFINITY] as const]
    }),
  )
}
