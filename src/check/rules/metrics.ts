/**
 * Metrics of a stage need a head among the trained models that answers them, and held-out labels in a data
 * block.
 */
import { metricNotMeasurable } from '../../diagnostics/messages/training.ts'
import { byMetrics, fits, headOutputs, scoredOn, suits } from '../head-outputs.ts'
import { isComplete } from '../instance-settings.ts'
import { metricsOf } from '../metric-names.ts'
import type { DataSpec } from '../program.ts'
import { type HeadOutput, taskFacts } from '../tasks.ts'
import type { Rule } from './rule.ts'
import { labelProblems } from './targets.ts'

/**
 * Each trained model is scored by one head on each data block that `on` names, and by one on the data that
 * `scoreModel` chooses. If every data block is complete, and
 * the labels of the stage fit its losses, that head is known. Otherwise the rule reports only metrics of
 * which no head and no label of the stage is capable. Labels that do not fit are one error, which `targets`
 * reports.
 */
export const metrics: Rule = ({ checker, instances, stages }, reporter) => {
  const declared = checker.declarations('data').map(({ declaration }) => checker.data.get(declaration))
  const data = new Map(declared.flatMap((block) => (block ? [[block.name, block]] : [])))
  for (const { name, data: own, says, loss, settings, training } of stages) {
    if (!says('data') || loss === undefined || settings.metrics.length === 0) continue
    if (training === undefined || training.trained.length === 0) continue
    const models = instances.filter((model) => training.owners.has(model.name))
    if (models.some((model) => !isComplete(checker.instance(model.name)))) continue
    const ownKnown = !declared.includes(undefined) && own && labelProblems(checker, own, loss).length === 0
    for (const on of new Set(settings.metrics.map((one) => one.on?.data))) {
      const placed = settings.metrics.filter((one) => one.on?.data === on)
      const wanted = [...new Set(placed.map(({ metric }) => metric))]
      const heads = models.flatMap((model) => byMetrics(headOutputs(model), wanted))
      const known = on ?? ownKnown
      const blocks = on ? new Map([[on.name, on]]) : data
      const scored = known
        ? models.flatMap((model) => scoredOn(blocks, model, wanted, own?.name)?.output ?? [])
        : heads
      const available = [...new Set(scored.flatMap(({ kind }) => metricsOf(kind)))]
      const ofLabels = known || own?.label === undefined ? [] : metricsOf(own.label.kind)
      const missing = wanted.filter((metric) => ![...available, ...ofLabels].some((one) => one === metric))
      const first = placed.find((one) => one.metric === missing[0])
      if (first === undefined) continue
      const span = scored.length === 0 && first.on ? first.on.span : first.span
      const metric = missing.map((one) => `\`${one}\``).join(', ')
      const reason = reasonOf({ data, on, stage: name, heads, scored })
      reporter.report(metricNotMeasurable({ metric, span, available, ...reason }))
    }
  }
}

function reasonOf({
  data,
  on,
  stage,
  heads,
  scored,
}: {
  readonly data: ReadonlyMap<string, DataSpec>
  /** The block behind `on`. */
  readonly on: DataSpec | undefined
  readonly stage: string
  readonly heads: readonly HeadOutput[]
  readonly scored: readonly HeadOutput[]
}): { readonly reason: string; readonly help?: string } {
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
  const all = [...data.values()]
  if (on && !heads.some((output) => suits(on, output))) {
    const other = all.find((one) => heads.some((output) => fits(one, output)))
    return {
      reason: `data \`${on.name}\` has no labels for ${headText(head)}, which gives ${taskFacts[head.kind].answers}`,
      help:
        other === undefined
          ? 'name a data block with such labels and a validation file behind `on`'
          : `data ${other.name} has such labels: evaluate = ${taskFacts[head.kind].metric} on ${other.name}`,
    }
  }
  const block = on ?? all.find((one) => heads.some((output) => suits(one, output)))
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
