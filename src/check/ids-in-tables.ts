/**
 * Ids of a data block that exceed the tables in which terms look them up. The most common case is
 * `max_length = 64` with 32 rows of positions. The compiler knows the ranges of `places`, `tokens` and the
 * other inputs (ranges.ts).
 */
import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts'
import { idsOutsideTable } from '../diagnostics/messages/shapes.ts'
import { shortNumber } from './describe.ts'
import type { DataSpec, ModelInstance } from './program.ts'
import { type DataBounds, type Range, Ranges } from './ranges.ts'
import type { Term, TermOperation } from './tensor-term.ts'

type Lookup = Extract<TermOperation, { op: 'lookup' }>

/** The least max_length: [CLS], a piece and [SEP]. */
const shortest = 3

interface Problem {
  readonly diagnostic: Diagnostic
  /** The longest text whose ids fit. The message names the smallest. */
  readonly fits: number
}

/**
 * Those of these terms that look up ids without a row for some text of the data; the one that fits the
 * shortest texts first.
 * @param vocabulary pieces of the data's tokenizer; undefined where they are not known
 * @param models by name: owners of the tables
 * @param scored the model that is scored on this data, where no stage trains on it
 */
export function tableProblems(
  data: DataSpec,
  terms: Iterable<Term>,
  models: ReadonlyMap<string, ModelInstance>,
  vocabulary: number | undefined,
  scored?: string,
): Diagnostic[] {
  // Bounds that the data does not give are taken to fit.
  const bounds = {
    maxLength: data.maxLength,
    vocabulary: vocabulary ?? 1,
    labels: labelsOf(data) ?? 1,
  }
  const ranges = new Ranges(bounds)
  const problems: Problem[] = []
  for (const term of terms) {
    const { operation, inputs } = term
    const [ids] = inputs
    if (operation.op !== 'lookup' || ids === undefined || isVocabulary(models, term)) continue
    const range = ranges.of(ids)
    if (!within(range, operation)) problems.push(problemOf(data, bounds, term, operation, ids, range, scored))
  }
  return problems.sort((a, b) => a.fits - b.fits).map(({ diagnostic }) => diagnostic)
}

function labelsOf({ label }: DataSpec): number | undefined {
  return label && 'labels' in label ? label.labels?.length : undefined
}

function within({ low, high }: Range, { rows }: Lookup): boolean {
  return low >= 0 && high < rows.size
}

/**
 * Lookups of tokens in a model's vocabulary. vocabularies.ts checks them by the names of the vocabularies.
 */
function isVocabulary(models: ReadonlyMap<string, ModelInstance>, { operation, inputs }: Term): boolean {
  const [ids, table] = inputs
  if (operation.op !== 'lookup' || ids?.operation.op !== 'input' || ids.operation.name !== 'tokens')
    return false
  const parameter = table?.operation.op === 'compose' ? table.inputs[0] : table
  if (parameter?.operation.op !== 'parameter') return false
  const size = models.get(parameter.operation.parameter.owner)?.settings.get('vocabulary')
  return size === operation.rows.size
}

function problemOf(
  data: DataSpec,
  bounds: DataBounds,
  { span }: Term,
  lookup: Lookup,
  ids: Term,
  range: Range,
  scored: string | undefined,
): Problem {
  const { size, origin } = lookup.rows
  const fits = longest(data.maxLength, (maxLength) =>
    within(new Ranges({ ...bounds, maxLength }).of(ids), lookup),
  )
  const here: Label = { span, text: `ids from ${shown(range.low)} to ${shown(range.high)} here` }
  const table: Label = { span: origin, text: `${shortNumber(size)} rows` }
  const { low, high } = range
  const needed = Number.isFinite(high) ? `give the table ${shortNumber(high + 1)} rows` : undefined
  if (fits >= shortest && low >= 0) {
    const written = data.maxLengthSpan
    const place = written ?? data.span
    const why = scored === undefined ? '' : `, on which ${scored} is scored`
    const text = `texts of up to ${shortNumber(data.maxLength)} tokens${written ? '' : ', where max_length is not given'}${why}`
    const help = `write max_length = ${fits} at most${needed ? `, or ${needed}` : ''}`
    return {
      fits,
      diagnostic: idsOutsideTable({
        span: place,
        label: text,
        ...range,
        size,
        secondary: [here, table],
        help,
      }),
    }
  }
  const clamped = `\`min(max(x, 0), ${size - 1})\` keeps ids inside the table`
  const help = needed && low >= 0 ? `${needed}; ${clamped}` : clamped
  return {
    fits,
    diagnostic: idsOutsideTable({ span, label: here.text, ...range, size, secondary: [table], help }),
  }
}

/**
 * The largest number below `most` for which `holds` is true for it and all smaller numbers; 0 if there is
 * none.
 */
function longest(most: number, holds: (length: number) => boolean): number {
  let [good, bad] = [0, most]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (holds(middle)) good = middle
    else bad = middle
  }
  return good
}

function shown(end: number): string {
  if (Number.isFinite(end)) return shortNumber(end)
  return end < 0 ? 'anything' : 'anything above'
}
