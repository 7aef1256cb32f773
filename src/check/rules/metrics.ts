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
 * Each trained model is scored by one head, which `scoreModel` chooses. If every data block is complete, and
 * the labels of the stage fit its losses, that head is known. Otherwise the rule reports only metrics of
 * which no head and no label of the stage is capable. Labels that do not fit are one error, which `targets`
 * reports.
 */
export const metrics: Rule = ({ checker, instances, stages }, reporter) => {
  const declared = checker.declarations('data').map(({ declaration }) => checker.data.get(declaration))
  const data = new Map(declared.flatMap((block) => (block ? [[block.name, block]] : [])))
  for (const { name, data: own, says, loss, settings, training } of stages) {
    const wanted = [...settings.metricPlaces.keys()]
    if (!says('data') || loss === undefined || wanted.length === 0) continue
    if (training === undefined || training.trained.length === 0) continue
    const models = instances.filter((model) => training.owners.has(model.name))
    if (models.some((model) => !isComplete(checker.instance(model.name)))) continue
    const heads = models.flatMap((model) => byMetrics(headOutputs(model), wanted))
    const known = !declared.includes(undefined) && own && labelProblems(checker, own, loss).length === 0
    const scored = known
      ? models.flatMap((model) => scoredOn(data, model, wanted, own.name)?.output ?? [])
      : heads
    const available = [...new Set(scored.flatMap(({ kind }) => metricsOf(kind)))]
    const ofLabels = known || own?.label === undefined ? [] : metricsOf(own.label.kind)
    const missing = wanted.filter((metric) => ![...available, ...ofLabels].some((one) => one === metric))
    const span = missing[0] && settings.metricPlaces.get(missing[0])
    if (span === undefined) continue
    const metric = missing.map((one) => `\`${one}\``).join(', ')
    reporter.report(metricNotMeasurable({ metric, span, available, ...reasonOf(data, name, heads, scored) }))
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
