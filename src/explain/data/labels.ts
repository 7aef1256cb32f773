/** What the data gives as answers, by kind: classes, numbers, entities, spans. */
import type { DataSpec, LabelSource } from '../../check/program.ts'
import type { SplitName } from '../../data/dataset.ts'
import { labelNames } from '../../data/label-names.ts'
import type { TextRow } from '../../data/rows/form.ts'
import { wordsOf } from '../../data/words.ts'
import { entitiesOf } from '../../train/metrics/entities.ts'
import { type Bin, countIn, numberBins, type Quantiles, quantiles, wholeBins } from './histogram.ts'

/** Counts of a label, or of an entity type, by part. */
export interface LabelCount {
  readonly label: string
  readonly counts: { readonly [part in SplitName]?: number }
}

export interface Distribution {
  readonly bins: readonly Bin[]
  readonly parts: {
    readonly [part in SplitName]?: Quantiles & { readonly counts: readonly number[] }
  }
}

export type LabelFacts =
  /** By count in the first part, the largest first; labels without examples too. */
  | { readonly kind: 'class'; readonly labels: readonly LabelCount[] }
  | { readonly kind: 'number'; readonly numbers: Distribution }
  | {
      readonly kind: 'tags'
      readonly entities: readonly LabelCount[]
      readonly words: { readonly [part in SplitName]?: number }
      /** Sentences without an entity. */
      readonly without: { readonly [part in SplitName]?: number }
    }
  | {
      readonly kind: 'span'
      /** Of the first answer of each question, in words. */
      readonly answers: Distribution
      /** Questions without an answer. */
      readonly unanswered: { readonly [part in SplitName]?: number }
    }

type Parts = ReadonlyMap<SplitName, readonly TextRow[]>

const factsOf: {
  readonly [Kind in LabelSource['kind']]: (parts: Parts, names: readonly string[]) => LabelFacts
} = {
  class(parts, names) {
    const counts = byPart(parts, (rows) => {
      const counted = names.map(() => 0)
      for (const { label } of rows) if (label !== undefined) counted[label] = (counted[label] ?? 0) + 1
      return counted
    })
    const labels = names.map((label, i) => ({
      label,
      counts: mapParts(counts, (one) => one[i] ?? 0),
    }))
    return { kind: 'class', labels: largestFirst(parts, labels) }
  },
  number: (parts) => ({
    kind: 'number',
    numbers: distribution(parts, numberBins, (rows) =>
      Float64Array.from(rows.flatMap(({ label }) => label ?? [])),
    ),
  }),
  tags(parts, names) {
    const types = byPart(parts, (rows) => {
      const counted = new Map<string, number>()
      let without = 0
      for (const { tags = [] } of rows) {
        const entities = entitiesOf(tags.map((tag) => names[tag] ?? ''))
        if (entities.length === 0) without++
        for (const { type } of entities) counted.set(type, (counted.get(type) ?? 0) + 1)
      }
      return { counted, without }
    })
    const all = new Set(Object.values(types).flatMap(({ counted }) => [...counted.keys()]))
    const entities = [...all].map((label) => ({
      label,
      counts: mapParts(types, ({ counted }) => counted.get(label) ?? 0),
    }))
    return {
      kind: 'tags',
      entities: largestFirst(parts, entities),
      words: byPart(parts, (rows) => rows.reduce((sum, { words = [] }) => sum + words.length, 0)),
      without: mapParts(types, ({ without }) => without),
    }
  },
  span: (parts) => ({
    kind: 'span',
    answers: distribution(parts, wholeBins, (rows) =>
      Float64Array.from(
        rows.flatMap(({ question }) => {
          const [answer] = question?.answers ?? []
          return answer === undefined ? [] : Math.max(1, wordsOf(answer.text).length)
        }),
      ),
    ),
    unanswered: byPart(parts, (rows) => rows.filter(({ question }) => question?.answers.length === 0).length),
  }),
}

/** Undefined for a block without labels. */
export function labelFacts({ label }: DataSpec, parts: Parts): LabelFacts | undefined {
  return label && factsOf[label.kind](parts, labelNames(label) ?? [])
}

/** The label of a row as text, for messages; undefined without labels. */
export function labelText({ label: source }: DataSpec): (row: TextRow) => string | undefined {
  const names = labelNames(source) ?? []
  return ({ label, tags, question }) => {
    if (source === undefined) return undefined
    if (source.kind === 'class') return names[label ?? -1]
    if (source.kind === 'number') return label === undefined ? undefined : `${label}`
    if (source.kind === 'tags') return tags?.map((tag) => names[tag] ?? '').join(' ')
    return question?.answers.map(({ text }) => text).join(', ')
  }
}

export function distribution(
  parts: Parts,
  binsOf: (values: Float64Array) => readonly Bin[],
  valuesOf: (rows: readonly TextRow[], part: SplitName) => Float64Array,
): Distribution {
  const values = [...parts].map(([part, rows]) => [part, valuesOf(rows, part)] as const)
  const bins = binsOf(Float64Array.from(values.flatMap(([, own]) => [...own])))
  const entries = values.map(([part, own]) => [part, { ...quantiles(own), counts: countIn(bins, own) }])
  return { bins, parts: Object.fromEntries(entries) }
}

type ByPart<Value> = { readonly [part in SplitName]?: Value }

function byPart<Value>(
  parts: Parts,
  of: (rows: readonly TextRow[], part: SplitName) => Value,
): ByPart<Value> {
  return Object.fromEntries([...parts].map(([part, rows]) => [part, of(rows, part)]))
}

function mapParts<From, To>(values: ByPart<From>, of: (value: From) => To): ByPart<To> {
  return Object.fromEntries(Object.entries(values).map(([part, value]) => [part, of(value)]))
}

function largestFirst(parts: Parts, labels: readonly LabelCount[]): readonly LabelCount[] {
  const [first] = parts.keys()
  const size = ({ counts }: LabelCount): number => (first && counts[first]) ?? 0
  return labels.toSorted((a, b) => size(b) - size(a))
}
