/** The most frequent class of the training texts, and naive Bayes on their words. */
import type { TextRow } from '../../data/rows/form.ts'
import { argmax } from '../distributions.ts'
import type { Baseline, BaselineParts } from './baseline.ts'
import { type LabelledTexts, mostClasses, naiveBayes } from './naive-bayes.ts'

export function classBaselines({ classes, train, held }: BaselineParts): readonly Baseline<'class'>[] {
  const [known, asked] = [labelled(train.rows), labelled(held.rows)]
  if (known.length === 0) return []
  const actual = Int32Array.from(asked, ({ label }) => label)
  const counts = new Float64Array(classes)
  for (const { label } of known) counts[label] = (counts[label] ?? 0) + 1
  const frequent = argmax(counts)
  const answers = (predicted: Int32Array): Baseline<'class'>['answers'] => {
    return { kind: 'class', predicted, actual, classes }
  }
  const fewEnough = classes <= mostClasses
  const name = fewEnough ? 'most frequent class' : 'most frequent class (too many for naive Bayes)'
  const constant = { name, answers: answers(actual.map(() => frequent)) }
  if (!fewEnough) return [constant]
  const classify = naiveBayes(known, classes)
  const predicted = Int32Array.from(asked, ({ texts }) => classify(texts))
  return [constant, { name: 'naive Bayes on words', answers: answers(predicted) }]
}

function labelled(rows: readonly TextRow[]): readonly LabelledTexts[] {
  return rows.flatMap(({ texts, label }) => (label === undefined ? [] : [{ texts, label }]))
}
