/** The values of an event: numbers, histograms, texts, and what the HParams page shows. */

import type { JsonValue } from '@bufbuild/protobuf'
import { codeBlock } from '../diagnostics/markdown.ts'
import { dataTypes, stringType, success, validationData } from './schema.ts'

export interface Value {
  readonly tag: string
  readonly content: { readonly [field: string]: JsonValue }
  /** The page of TensorBoard that shows it, and its own message for that page. */
  readonly plugin?: { readonly name: string; readonly data?: JsonValue }
}

export function scalar(tag: string, number: number): Value {
  return { tag, content: { simple_value: jsonNumber(number) } }
}

/** Protobuf's JSON writes infinite numbers as words. */
function jsonNumber(number: number): number | string {
  return Number.isFinite(number) ? number : String(number)
}

const buckets = 64

/** In equal buckets from the least value to the greatest. @param values finite, at least one */
export function histogram(tag: string, values: Float32Array): Value {
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    squares += value * value
  }
  const width = (max - min) / buckets
  const counts = new Array<number>(width > 0 ? buckets : 1).fill(0)
  for (const value of values) {
    const at = width > 0 ? Math.min(buckets - 1, Math.floor((value - min) / width)) : 0
    counts[at] = (counts[at] ?? 0) + 1
  }
  const limits = counts.map((_, i) => (i + 1 === counts.length ? max : min + (i + 1) * width))
  const histo = {
    min,
    max,
    num: values.length,
    sum,
    sum_squares: squares,
    bucket_limit: limits,
    bucket: counts,
  }
  return { tag, content: { histo } }
}

/** A text as it is written, in a block of code: TensorBoard reads Markdown. */
export function code(tag: string, text: string): Value {
  const markdown = Buffer.from(codeBlock(text)).toString('base64')
  const tensor = { dtype: stringType, tensor_shape: { dim: [{ size: 1 }] }, string_val: [markdown] }
  return { tag, content: { tensor }, plugin: { name: 'text' } }
}

/** Settings as they were written: numbers where they are some. */
export type Settings = Readonly<Record<string, string>>

/** What a run was trained with. @param group runs with one name differ in nothing but their seed */
export function sessionStart(settings: Settings, group: string, begun: Date): Value {
  const hparams = Object.fromEntries(
    Object.entries(settings).map(([name, text]) => [name, settingValue(text)]),
  )
  return hparamsValue('session_start_info', {
    session_start_info: { hparams, group_name: group, start_time_secs: begun.getTime() / 1000 },
  })
}

/** The run finished. */
export function sessionEnd(ended: Date): Value {
  return hparamsValue('session_end_info', {
    session_end_info: { status: success, end_time_secs: ended.getTime() / 1000 },
  })
}

export interface Experiment {
  readonly name: string
  readonly created: Date
  readonly settings: readonly { readonly name: string; readonly values: readonly string[] }[]
  /** Tags of the scalars by which sessions are compared. */
  readonly metrics: readonly string[]
}

/** What the runs of a sweep differ in, and the scores that they have. */
export function experiment({ name, created, settings, metrics }: Experiment): Value {
  return hparamsValue('experiment', {
    experiment: {
      name,
      time_created_secs: created.getTime() / 1000,
      hparam_infos: settings.map((one) => {
        const values = one.values.map(settingValue)
        const isNumeric = values.every((value) => typeof value === 'number')
        return {
          name: one.name,
          type: isNumeric ? dataTypes.number : dataTypes.string,
          domain_discrete: values,
        }
      }),
      metric_infos: metrics.map((tag) => ({ name: { group: '', tag }, dataset_type: validationData })),
    },
  })
}

/** The page HParams knows its values by these tags. */
function hparamsValue(kind: string, data: { readonly [field: string]: JsonValue }): Value {
  return { tag: `_hparams_/${kind}`, content: {}, plugin: { name: 'hparams', data: { version: 0, ...data } } }
}

function settingValue(text: string): number | string {
  const number = Number(text.replaceAll('_', ''))
  return text.trim() !== '' && Number.isFinite(number) ? number : text
}
