/** The mean of the training labels. */
import type { TextRow } from '../../data/rows/form.ts'
import type { Baseline, BaselineParts } from './baseline.ts'

export function numberBaselines({ train, held }: BaselineParts): readonly Baseline<'number'>[] {
  const known = numbersOf(train.rows)
  if (known.length === 0) return []
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const actual = numbersOf(held.rows)
  const answers = { kind: 'number', predicted: actual.map(() => mean), actual } as const
  return [{ name: 'mean of the training labels', answers }]
}

function numbersOf(rows: readonly TextRow[]): Float64Array<ArrayBuffer> {
  return Float64Array.from(rows.flatMap(({ label }) => label ?? []))
}
