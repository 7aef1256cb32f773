/** Several runs in words: which is best, and whether that may be chance. */
import { percent } from '../charts/words.ts'
import type { ComparisonData } from '../schema.ts'
import { mean, deviation as ofSample, welch } from '../statistics.ts'
import { plain, probability } from './values.ts'
import { article, difference, type Measured, metricName, metricText, size } from './verdict-text.ts'

export interface SaidOf {
  readonly metric: ComparisonData['metric']
  /** The best first, at least one. */
  readonly compared: ComparisonData['compared']
  /** Of the best: its scores, and by how much each seed is above the same student alone. */
  readonly values: readonly number[]
  readonly gains: readonly number[]
  readonly unscored: number
}

type Compared = ComparisonData['compared'][number]

/** Up to this p, and where an interval of 95% is on one side of 0, a difference is no chance. */
const significant = 0.05
/** Runs from which the best is likely to have been lucky, too. */
const several = 4

export function comparisonText(said: SaidOf): Pick<ComparisonData, 'headline' | 'lede'> {
  const measured: Measured = { run: { metric: said.metric } }
  const [best, next] = said.compared
  if (!best) return { headline: 'No run has a score.', lede: '' }
  const { headline, lede } = next ? ofGroups(said, measured, best, next) : ofSeeds(said, measured, best)
  const unscored =
    said.unscored > 0
      ? `${said.unscored} ${said.unscored === 1 ? 'run has' : 'runs have'} no ${metricName(measured)} and ${said.unscored === 1 ? 'is' : 'are'} not compared.`
      : ''
  return { headline, lede: [...lede, unscored].filter((text) => text !== '').join(' ') }
}

/** `77.1% ± 0.4 over 3 seeds`, `77.1%` */
function scoreText(measured: Measured, { mean: middle, deviation, seeds }: Compared): string {
  const value = metricText(measured, middle ?? Number.NaN)
  if (deviation === undefined) return value
  return `${value} \u00b1 ${size(measured, deviation)} over ${seeds.length} seeds`
}

function ofSeeds({ values, gains }: SaidOf, measured: Measured, best: Compared) {
  const name = metricName(measured)
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => metricText(measured, value))
  const gain =
    gains.length < 2
      ? ''
      : `Against the same student trained without a teacher, distillation is worth **${difference(measured, mean(gains))}** \u00b1 ${size(measured, ofSample(gains))}.`
  return {
    headline: `**${best.model} has ${article(name)} ${name} of ${scoreText(measured, best)}**, from ${low} to ${high}.`,
    lede: [gain, 'After \u00b1 is the standard deviation over seeds.'],
  }
}

function ofGroups(
  { compared, metric }: SaidOf,
  measured: Measured,
  best: Compared,
  next: Compared,
): { readonly headline: string; readonly lede: readonly string[] } {
  const name = metricName(measured)
  const scores = `${scoreText(measured, best)}${parametersText(best, next)}; ${plain(next.name)} has ${scoreText(measured, next)}`
  const test = testOf(measured, metric.higher_is_better, best, next)
  const headline =
    test?.isChance === true
      ? `**No run is clearly best by ${name}.** ${plain(best.name)} has ${scores}, which may be chance.`
      : `**${plain(best.name)} ${test ? 'is best by' : 'has the best'} ${name}**: ${scores}.`
  const close = compared
    .slice(2)
    .filter((one) => testOf(measured, metric.higher_is_better, best, one)?.isChance === true)
    .map((one) => plain(one.name))
  const also = close.length > 0 ? `Not clearly worse, either: ${listed(close)}.` : ''
  const lucky =
    compared.length >= several
      ? `It is the best of ${compared.length} by the same examples, so expect a little less on new ones.`
      : ''
  return { headline, lede: [test?.words ?? untested(best, next), also, lucky] }
}

function parametersText(best: Compared, next: Compared): string {
  const ratio = best.parameters / next.parameters
  if (!(ratio > 1.05 || ratio < 1 / 1.05) || !Number.isFinite(ratio)) return ''
  const times = Math.max(ratio, 1 / ratio)
  return ` with ${times >= 2 ? `${times.toFixed(1)}\u00d7` : percent(Math.abs(ratio - 1), 0)} ${ratio > 1 ? 'more' : 'fewer'} parameters`
}

interface Test {
  readonly isChance: boolean
  readonly words: string
}

/** Undefined where there is no test of whether the difference is chance. */
function testOf(measured: Measured, higher: boolean, best: Compared, next: Compared): Test | undefined {
  const { paired } = next
  if (paired) {
    const { interval, only_best, only_this, p, unit, count } = paired
    const counts =
      only_best === undefined
        ? `On the same ${count.toLocaleString('en-US')} ${unit}`
        : `On the same ${count.toLocaleString('en-US')} ${unit}, ${plain(best.name)} is right where ${plain(next.name)} is wrong on ${only_best}, the reverse on ${only_this} (${probability(p ?? 1)}), and`
    const by = `${counts} the difference is ${size(measured, paired.difference)}${intervalText(measured, interval, higher ? -1 : 1)}.`
    const isShare =
      p !== undefined && ['accuracy', 'tag_accuracy', 'exact_match'].includes(measured.run.metric?.name ?? '')
    if (isShare) return { isChance: p > significant, words: by }
    return interval && { isChance: interval.low <= 0 && interval.high >= 0, words: by }
  }
  if (best.deviation === undefined || next.deviation === undefined) return undefined
  const [a, b] = [best, next].map(({ mean: middle, deviation = 0, seeds }) => ({
    mean: middle ?? Number.NaN,
    deviation,
    count: seeds.length,
  }))
  const interval = a && b && welch(a, b)
  if (!interval) return undefined
  return {
    isChance: interval.low <= 0 && interval.high >= 0,
    words: `The difference of the means over seeds is ${size(measured, (best.mean ?? 0) - (next.mean ?? 0))}${intervalText(measured, interval, higher ? 1 : -1)} (Welch).`,
  }
}

/** `, at 95% from −0.3 points to +1.5 points`; `sign` turns it to the advantage of the best. */
function intervalText(measured: Measured, interval: Compared['interval'], sign: 1 | -1): string {
  if (!interval) return ''
  const [low, high] = [interval.low * sign, interval.high * sign].sort((a, b) => a - b)
  return `, at 95% from ${difference(measured, low ?? 0)} to ${difference(measured, high ?? 0)}`
}

function untested(best: Compared, next: Compared): string {
  if (next.unpaired !== undefined) return `No test compares them: ${next.unpaired}.`
  if (best.deviation === undefined || next.deviation === undefined)
    return 'No test compares them: one of both has a single seed.'
  return ''
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
