/**
 * The frequency of each piece in the training texts, for every masked token: (count + 1) / (total +
 * vocabulary), without special pieces.
 */
import { countPieces } from '../../data/load-dataset.ts'
import { argmax } from '../distributions.ts'
import { target } from '../tasks/target.ts'
import type { Baseline, BaselineParts } from './baseline.ts'

export function maskedBaselines({
  train,
  vocabulary,
  batches,
}: BaselineParts): readonly Baseline<'masked'>[] {
  if (train.examples.length === 0) return []
  const counts = countPieces(train.examples, vocabulary.pieces.length)
  const { padding, unknown, classify, separate, mask } = vocabulary
  for (const id of [padding, unknown, classify, separate, mask]) counts[id] = 0
  const all = counts.reduce((sum, count) => sum + count + 1, 0)
  const frequent = argmax(counts)
  let [loss, correct, positions] = [0, 0, 0]
  for (const batch of batches())
    for (const label of target(batch, 'batch.original')) {
      if (label < 0) continue
      positions++
      loss -= Math.log(((counts[label] ?? 0) + 1) / all)
      if (label === frequent) correct++
    }
  return [{ name: 'frequency of pieces', answers: { kind: 'masked', loss, correct, positions } }]
}
