/**
 * Multinomial naive Bayes on words and pairs of neighbouring words (Wang and Manning 2012, section 2.1):
 * log p(class) + sum over features of log (count + alpha) / (total + alpha x features). `alpha` is chosen on
 * a tenth of the training texts. Limits on words and classes bound time and memory, whatever the data.
 */
import { shuffled, uniform } from '../../data/random.ts'
import { wordsOf } from '../../data/words.ts'
import { argmax } from '../distributions.ts'

/** Words that are counted, of texts in random order: all of about 50,000 sentences. */
const mostWords = 2 ** 20
/** Each text takes a step for each class. */
export const mostClasses = 2 ** 16
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
  const right = counts
    .classifiers(alphas)
    .map((likeliest) => choosing.filter(({ features, label }) => likeliest(features) === label).length)
  for (const { features, label } of choosing) counts.add(features, label)
  const [likeliest] = counts.classifiers([alphas[argmax(Float64Array.from(right))] ?? 1])
  return (texts) => likeliest?.(words.of(texts, false)) ?? 0
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

/** How often each feature occurs in the texts of each class. Counts of zero take no memory. */
class FeatureCounts {
  private readonly classes: number
  private readonly rows = new Map<Feature, number>()
  /** `row * classes + class` of each occurrence. */
  private readonly occurrences: number[] = []
  /** Texts, and occurrences of features, by class. */
  private readonly texts: Float64Array
  private readonly totals: Float64Array

  constructor(classes: number) {
    this.classes = classes
    this.texts = new Float64Array(classes)
    this.totals = new Float64Array(classes)
  }

  add(features: readonly Feature[], label: number): void {
    this.texts[label] = (this.texts[label] ?? 0) + 1
    for (const feature of features) {
      const row = this.rows.get(feature) ?? this.rows.size
      this.rows.set(feature, row)
      this.occurrences.push(row * this.classes + label)
      this.totals[label] = (this.totals[label] ?? 0) + 1
    }
  }

  /** The classes of each row that it occurs in, with the counts: those of row r are from `starts[r]` on. */
  private sparse() {
    const { classes, rows, occurrences } = this
    const sorted = Float64Array.from(occurrences).sort()
    const starts = new Uint32Array(rows.size + 1)
    const labels = new Uint32Array(sorted.length)
    const counts = new Uint32Array(sorted.length)
    let [size, before] = [0, -1]
    for (const key of sorted) {
      if (key !== before) {
        labels[size] = key % classes
        size++
        starts[Math.floor(key / classes) + 1] = size
        before = key
      }
      counts[size - 1] = (counts[size - 1] ?? 0) + 1
    }
    return { starts, labels, counts }
  }

  /** For each alpha a classifier; they are not used at the same time. */
  classifiers(alphas: readonly number[]): ((features: readonly Feature[]) => number)[] {
    const { classes, rows, texts, totals } = this
    const { starts, labels, counts } = this.sparse()
    const all = texts.reduce((sum, count) => sum + count, 0)
    const priors = texts.map((count) => Math.log(count / all))
    const scores = new Float64Array(classes)
    return alphas.map((alpha) => {
      // log (count + alpha) / divisor = log (alpha / divisor) + log (count / alpha + 1), which is 0 for 0
      const gains = Float64Array.from({ length: 1024 }, (_, count) => Math.log(count / alpha + 1))
      const absent = totals.map((total) => Math.log(alpha / (total + alpha * rows.size)))
      return (features) => {
        const known = features.flatMap((feature) => rows.get(feature) ?? [])
        for (let c = 0; c < classes; c++) scores[c] = (priors[c] ?? 0) + known.length * (absent[c] ?? 0)
        for (const row of known) {
          const end = starts[row + 1] ?? 0
          for (let at = starts[row] ?? 0; at < end; at++) {
            const [label, count] = [labels[at] ?? 0, counts[at] ?? 0]
            scores[label] = (scores[label] ?? 0) + (gains[count] ?? Math.log(count / alpha + 1))
          }
        }
        return argmax(scores)
      }
    })
  }
}
