/**
 * The score that a demo has to beat: multinomial naive Bayes over words and pairs of neighbouring words, with add-one smoothing scaled by
 * `alpha`. Run: npx tsx bench/naive-bayes.ts
 */
import { pathToFileURL } from 'node:url'
import { readGlosses, splitGlosses } from '../src/data/wordnet.ts'

export interface LabelledText {
  readonly text: string
  readonly label: string
}

/** Share of `test` that is labelled right after counting `train`. */
export function naiveBayes(
  train: readonly LabelledText[],
  test: readonly LabelledText[],
  alpha = 0.1,
): number {
  const labels = [...new Set(train.map((row) => row.label))].sort()
  const index = new Map(labels.map((label, i) => [label, i]))
  const classes = labels.length
  const counts = new Map<string, Float64Array>()
  const totals = new Float64Array(classes)
  const priors = new Float64Array(classes)
  for (const { text, label } of train) {
    const c = index.get(label) ?? 0
    priors[c] = (priors[c] ?? 0) + 1
    for (const feature of features(text)) {
      const row = counts.get(feature) ?? new Float64Array(classes)
      counts.set(feature, row)
      row[c] = (row[c] ?? 0) + 1
      totals[c] = (totals[c] ?? 0) + 1
    }
  }
  let right = 0
  for (const { text, label } of test) {
    const scores = priors.map((n) => Math.log(n / train.length))
    for (const feature of features(text)) {
      const row = counts.get(feature)
      if (row === undefined) continue
      for (let c = 0; c < classes; c++) {
        const p = ((row[c] ?? 0) + alpha) / ((totals[c] ?? 0) + alpha * counts.size)
        scores[c] = (scores[c] ?? 0) + Math.log(p)
      }
    }
    if (labels[scores.indexOf(Math.max(...scores))] === label) right++
  }
  return right / test.length
}

function features(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)]
}

/** The best `alpha` for a tenth of `train`, judged by the rest: chosen without a look at the test. */
export function chooseAlpha(train: readonly LabelledText[], alphas: readonly number[]): number {
  const held = Math.floor(train.length / 10)
  const accuracies = alphas.map((alpha) => naiveBayes(train.slice(held), train.slice(0, held), alpha))
  return alphas[accuracies.indexOf(Math.max(...accuracies))] ?? 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const glosses = readGlosses()
  const { train, test } = splitGlosses(glosses)
  const classes = new Set(glosses.map((gloss) => gloss.label)).size
  const alphas = [0.03, 0.1, 0.3, 1]
  process.stdout.write(`${glosses.length} glosses, ${classes} classes; naive Bayes on the test set:\n`)
  for (const alpha of alphas) {
    process.stdout.write(`  alpha ${alpha}: ${(100 * naiveBayes(train, test, alpha)).toFixed(1)}%\n`)
  }
  process.stdout.write(`alpha chosen on a tenth of the training set: ${chooseAlpha(train, alphas)}\n`)
}
