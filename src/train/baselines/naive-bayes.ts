/**
 * Multinomial naive Bayes on words and pairs of neighbouring words (Wang and Manning 2012, section 2.1):
 * log p(class) + sum over features of log (count + alpha) / (total + alpha x features). `alpha` is chosen on
 * a tenth of the training texts. A limit on words and counts bounds time and memory, whatever the data.
 */
import { shuffled, uniform } from '../../data/random.ts'
import { wordsOf } from '../../data/words.ts'
import { argmax } from '../distributions.ts'

/** Words that are counted, of texts in random order: all of about 50,000 sentences. */
const mostWords = 2 ** 20
/** Counts in memory, of 4 bytes each; features that do not fit are left out. */
const mostCounts = 2 ** 24
const mostFeatures = 2 ** 20
/** With more classes, too few features would fit. */
export const mostClasses = 2 ** 12
/** Training texts on which `alpha` is chosen. */
const mostChoosing = 2_000
/** The first one where none is better: Laplace's. */
const alphas = [1, 0.3, 0.1, 0.03]

export interface LabelledTexts {
  /** One text, or the two of a pair. */
  readonly texts: readonly string[]
  readonly label: number
}

/** A classifier of texts: the index of the likeliest class. `rows` has at least one row. */
export function naiveBayes(
  rows: readonly LabelledTexts[],
  classes: number,
): (texts: readonly string[]) => number {
  const counts = new FeatureCounts(classes)
  const words = new Features()
  const order = shuffled(rows.length, uniform('naive Bayes'), 0)
  const choosing: { features: readonly Feature[]; label: number }[] = []
  const held = Math.min(Math.floor(rows.length / 10), mostChoosing)
  let counted = 0
  for (const [at, index] of order.entries()) {
    const { texts, label } = rows[index] ?? { texts: [], label: 0 }
    const features = words.of(texts, true)
    if (at < held) choosing.push({ features, label })
    else counts.add(features, label)
    counted += features.length / 2
    if (counted > mostWords) break
  }
  const right = alphas.map((alpha) => {
    const likeliest = counts.classifier(alpha)
    return choosing.filter(({ features, label }) => likeliest(features) === label).length
  })
  for (const { features, label } of choosing) counts.add(features, label)
  const likeliest = counts.classifier(alphas[argmax(Float64Array.from(right))] ?? 1)
  return (texts) => likeliest(words.of(texts, false))
}

/** A word by its number, or two neighbours by both numbers. */
type Feature = number

/**
 * Words and pairs of neighbours as numbers, which a map finds faster than texts. Those of a second text are
 * features of their own.
 */
class Features {
  private readonly words = new Map<string, number>()

  /** @param grow whether words that no earlier text had get a number; otherwise they have no features */
  of(texts: readonly string[], grow: boolean): readonly Feature[] {
    const features: Feature[] = []
    for (const [side, text] of texts.entries()) {
      let before: number | undefined
      for (const word of wordsOf(text)) {
        const id = this.numberOf(side === 0 ? word : `\t${word}`, grow)
        if (id !== undefined) features.push(id)
        if (id !== undefined && before !== undefined) features.push((before + 1) * mostWords + id)
        before = id
      }
    }
    return features
  }

  private numberOf(word: string, grow: boolean): number | undefined {
    const known = this.words.get(word)
    if (known !== undefined || !grow || this.words.size >= mostWords) return known
    this.words.set(word, this.words.size)
    return this.words.size - 1
  }
}

/** How often each feature occurs in the texts of each class. */
class FeatureCounts {
  private readonly classes: number
  private readonly rows = new Map<Feature, number>()
  private counts: Uint32Array<ArrayBuffer>
  /** Texts, and occurrences of features, by class. */
  private readonly texts: Float64Array
  private readonly totals: Float64Array

  constructor(classes: number) {
    this.classes = classes
    this.counts = new Uint32Array(1024 * classes)
    this.texts = new Float64Array(classes)
    this.totals = new Float64Array(classes)
  }

  add(features: readonly Feature[], label: number): void {
    this.texts[label] = (this.texts[label] ?? 0) + 1
    for (const feature of features) {
      const row = this.rows.get(feature) ?? this.append(feature)
      if (row === undefined) continue
      const at = row * this.classes + label
      this.counts[at] = (this.counts[at] ?? 0) + 1
      this.totals[label] = (this.totals[label] ?? 0) + 1
    }
  }

  private append(feature: Feature): number | undefined {
    const row = this.rows.size
    const end = (row + 1) * this.classes
    if (row >= mostFeatures || end > mostCounts) return undefined
    this.rows.set(feature, row)
    if (end > this.counts.length) {
      const grown = new Uint32Array(Math.min(2 * this.counts.length, mostCounts))
      grown.set(this.counts)
      this.counts = grown
    }
    return row
  }

  classifier(alpha: number): (features: readonly Feature[]) => number {
    const { classes, rows, counts, texts, totals } = this
    const logs = Float64Array.from({ length: 1024 }, (_, count) => Math.log(count + alpha))
    const all = texts.reduce((sum, count) => sum + count, 0)
    const priors = texts.map((count) => Math.log(count / all))
    const divisors = totals.map((total) => Math.log(total + alpha * rows.size))
    const scores = new Float64Array(classes)
    return (features) => {
      scores.set(priors)
      for (const feature of features) {
        const row = rows.get(feature)
        if (row === undefined) continue
        for (let c = 0, at = row * classes; c < classes; c++, at++) {
          const count = counts[at] ?? 0
          const log = logs[count] ?? Math.log(count + alpha)
          scores[c] = (scores[c] ?? 0) + log - (divisors[c] ?? 0)
        }
      }
      return argmax(scores)
    }
  }
}
