/**
 * Trivial baselines in a line of text, and which models are no better: these have learned less than counting
 * gives.
 */
import { formatMetric, isBetter } from '../metrics/index.ts'
import type { Score } from '../observer.ts'
import type { BaselineScore } from './baseline.ts'

/**
 * For each baseline that some models do not beat, a line: `A (72.4) is not better than naive Bayes on words
 * (accuracy 73.5)`. A model is compared with the best baseline of its split, by the first metric of its
 * score.
 */
export function unbeatenLines(scores: readonly Score[], baselines: readonly BaselineScore[]): string[] {
  const models = new Map<string, string[]>()
  for (const score of scores) {
    const [first] = score.values
    const best = bestBaseline(score, baselines)
    if (first === undefined || best === undefined) continue
    const [metric, value] = first
    const reached = best.values.get(metric) ?? 0
    if (isBetter(metric, value, reached)) continue
    const line = `not better than ${best.name} (${metric} ${formatMetric(metric, reached)})`
    models.set(line, [...(models.get(line) ?? []), `${score.model} (${formatMetric(metric, value)})`])
  }
  return [...models].map(([line, names]) => `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} ${line}`)
}

/** The best one of a model's split, by the first metric of the model's score. */
function bestBaseline(
  { data, split, values }: Score,
  baselines: readonly BaselineScore[],
): BaselineScore | undefined {
  const [metric] = values.keys()
  if (metric === undefined) return undefined
  let best: BaselineScore | undefined
  for (const one of baselines) {
    const value = one.values.get(metric)
    if (one.data !== data || one.split !== split || value === undefined) continue
    if (best === undefined || isBetter(metric, value, best.values.get(metric))) best = one
  }
  return best
}

/** `baseline naive Bayes on words on glosses.test: accuracy 73.5`, each once. */
export function baselineLines(baselines: readonly BaselineScore[]): string[] {
  const lines = baselines.map(({ name, data, split, values }) => {
    const scores = [...values].map(([metric, value]) => `${metric} ${formatMetric(metric, value)}`)
    return `baseline ${name} on ${data}.${split}: ${scores.join(', ')}`
  })
  return [...new Set(lines)]
}
