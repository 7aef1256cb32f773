/**
 * Metrics of a stage need a head among the trained models that answers them, and held-out labels in a data
 * block.
 */
import { metricNotMeasurable } from '../../diagnostics/messages/training.ts'
import { byMetrics, headOutputs, scoredOn, suits } from '../head-outputs.ts'
import { isComplete } from '../instance-settings.ts'
import { metricsOf } from '../metric-names.ts'
import type { DataSpec } from '../program.ts'
import { type HeadOutput, taskFacts } from '../tasks.ts'
import type { Rule } from './rule.ts'
import { labelProblems } from './targets.ts'

/**
 * Each trained model is scored by one head, which `scoreModel` chooses. The head is known only if the model
 * and every data block are complete. Labels that do not fit the losses do not fit the metrics either. That is
 * one error, which `targets` reports.
 */
export const metrics: Rule = ({ checker, instances, stages }, reporter) => {
  const declared = checker.declarations('data').map(({ declaration }) => checker.data.get(declaration))
  const data = new Map(declared.flatMap((block) => (block ? [[block.name, block]] : [])))
  if (declared.includes(undefined)) return
  for (const { name, data: own, loss, settings, training } of stages) {
    const wanted = [...settings.metricPlaces.keys()]
    if (own === undefined || loss === undefined || wanted.length === 0) continue
    if (training === undefined || training.trained.length === 0) continue
    if (labelProblems(checker, own, loss).length > 0) continue
    const models = instances.filter((model) => training.owners.has(model.name))
    if (models.some((model) => !isComplete(checker.instance(model.name)))) continue
    const heads = models.map((model) => byMetrics(headOutputs(model), wanted))
    const scored = models.flatMap((model) => scoredOn(data, model, wanted, own.name)?.output ?? [])
    const available = [...new Set(scored.flatMap(({ kind }) => metricsOf(kind)))]
    const missing = wanted.filter((metric) => !available.includes(metric))
    const span = missing[0] && settings.metricPlaces.get(missing[0])
    if (span === undefined) continue
    const metric = missing.map((one) => `\`${one}\``).join(', ')
    reporter.report(
      metricNotMeasurable({ metric, span, available, ...reasonOf(data, name, heads.flat(), scored) }),
    )
  }
}

function reasonOf(
  data: ReadonlyMap<string, DataSpec>,
  stage: string,
  heads: readonly HeadOutput[],
  scored: readonly HeadOutput[],
): { readonly reason: string; readonly help?: string } {
  const [first] = scored
  if (first) {
    const all = scored.map((output) => `${headText(output)} gives ${taskFacts[output.kind].answers}`)
    return { reason: [...new Set(all)].join(', ') }
  }
  const [head] = heads
  if (head === undefined) {
    const reason = `stage \`${stage}\` trains no head that gives answers`
    return {
      reason,
      help: 'train a model with a head, such as heads { task = classifier(labelled.label) }, or leave `evaluate` and `keep` out',
    }
  }
  const block = [...data.values()].find((one) => heads.some((output) => suits(one, output)))
  if (block)
    return {
      reason: `data \`${block.name}\` has no validation file`,
      help: `add one to data ${block.name}: validation = "dev.tsv"`,
    }
  return {
    reason: `no data block has labels for ${headText(head)}, which gives ${taskFacts[head.kind].answers}`,
    help: `declare a data block with such labels and a validation file`,
  }
}

function headText({ instance, head }: HeadOutput): string {
  return `head \`${head}\` of \`${instance.name}\``
}
