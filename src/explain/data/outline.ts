/** The first facts about data that `explain` prints: texts by part and labels, of files that are there. */
import { statSync } from 'node:fs'
import type { DataSpec } from '../../check/program.ts'
import { filesOf, splitNames } from '../../check/splits.ts'
import type { SplitName } from '../../data/dataset.ts'
import type { Divisions } from '../../data/divide.ts'
import { findFiles } from '../../data/find-files.ts'
import { readSplits } from '../../data/load-dataset.ts'
import { missingFiles } from '../../data/read-texts.ts'
import { type Leak, leaksOf } from '../../data/repeats.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { decimal, listOf, number } from '../figures.ts'
import { type LabelCount, type LabelFacts, labelFacts } from './labels.ts'

export interface DataOutline {
  readonly data: string
  readonly parts: readonly { readonly part: SplitName; readonly texts: number }[]
  readonly labels: LabelFacts | null
  /** Texts of a part that an earlier part has, too. */
  readonly leaks: readonly Leak[]
}

/** Larger files are not read before training. */
const mostBytes = 64 * 2 ** 20

/** Undefined if files are missing, large or wrong; `check` and `train` report these. */
export function outlineData(spec: DataSpec, divisions?: Divisions): DataOutline | undefined {
  try {
    if (missingFiles([spec]).length > 0 || isLarge(spec)) return undefined
    const rows = readSplits(spec, splitNames, divisions)
    const parts = [...rows].map(([part, { length: texts }]) => ({ part, texts }))
    return { data: spec.name, parts, labels: labelFacts(spec, rows) ?? null, leaks: leaksOf(rows) }
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}

function isLarge(spec: DataSpec): boolean {
  const references = splitNames.flatMap((split) => filesOf(spec, split).map(({ path }) => path))
  const files = [...new Set(references)].flatMap(findFiles)
  return files.reduce((sum, file) => sum + statSync(file).size, 0) > mostBytes
}

/** `data glosses: 20,000 texts in train, 4,000 in test; 26 labels, noun.artifact most often (14.4%)` */
export function outlineLine({ data, parts, labels }: DataOutline): string {
  const counts = parts.map(({ part, texts }, i) => `${number(texts)}${i === 0 ? ' texts' : ''} in ${part}`)
  const answers = labels && answersText(labels, parts[0]?.part ?? 'train')
  return `data ${data}: ${[listOf(counts), ...(answers ? [answers] : [])].join('; ')}`
}

function answersText(labels: LabelFacts, part: SplitName): string {
  switch (labels.kind) {
    case 'class':
      return `${number(labels.labels.length)} labels${largest(labels.labels, part)}`
    case 'tags':
      return `${number(labels.entities.length)} types of entities${largest(labels.entities, part)}`
    case 'number': {
      const { least = 0, longest = 0, mean = 0 } = labels.numbers.parts[part] ?? {}
      return `numbers from ${decimal(least)} to ${decimal(longest)}, ${decimal(mean)} on average`
    }
    case 'span': {
      const { median = 0 } = labels.answers.parts[part] ?? {}
      return `answers of ${number(median)} words at the median`
    }
  }
}

function largest(labels: readonly LabelCount[], part: SplitName): string {
  const all = labels.reduce((sum, { counts }) => sum + (counts[part] ?? 0), 0)
  const [first] = labels
  if (first === undefined || all === 0) return ''
  return `, ${first.label} most often (${((100 * (first.counts[part] ?? 0)) / all).toFixed(1)}%)`
}
