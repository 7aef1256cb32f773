/** Can the metrics that a stage asks for be measured: does what it trains have a head for them, and a data block held-out labels? */
import type { Reporter } from '../diagnostics/diagnostic.ts'
import { metricNotMeasurable } from '../diagnostics/messages/training.ts'
import { byMetrics, dataFor, type HeadOutput, headOutputs, suits } from './head-outputs.ts'
import { type AnswerKind, metricsOf } from './metric-names.ts'
import type { Program, Stage } from './program.ts'
import { trainedOwners } from './trained.ts'

const answers: Readonly<Record<AnswerKind, string>> = {
  class: 'classes',
  number: 'numbers',
  tags: 'tags of words',
  spans: 'parts of texts',
  masked: 'masked tokens',
}

/** What is scored of each trained model is one head, as `scoreModel` chooses it. */
export function checkEvaluation(program: Program, reporter: Reporter): void {
  for (const stage of program.stages) {
    const metrics = [...stage.metricPlaces.keys()]
    if (stage.data === undefined || metrics.length === 0) continue
    const owners = trainedOwners(stage)
    const models = [...program.instances.values()].filter(({ name }) => owners.has(name))
    const heads = models.map((model) => byMetrics(headOutputs(model), metrics))
    const scored = heads.flatMap(
      (outputs) => outputs.find((output) => dataFor(program, output, stage.data)) ?? [],
    )
    const available = [...new Set(scored.flatMap(({ kind }) => metricsOf(kind)))]
    const missing = metrics.filter((metric) => !available.includes(metric))
    const span = missing[0] && stage.metricPlaces.get(missing[0])
    if (span === undefined) continue
    const metric = missing.map((name) => `\`${name}\``).join(', ')
    reporter.report(
      metricNotMeasurable({ metric, span, available, ...reasonOf(program, stage, heads.flat(), scored) }),
    )
  }
}

function reasonOf(
  program: Program,
  { name, trained }: Stage,
  heads: readonly HeadOutput[],
  scored: readonly HeadOutput[],
): { readonly reason: string; readonly help?: string } {
  const [first] = scored
  if (first) {
    const all = scored.map((output) => `${headText(output)} gives ${answers[output.kind]}`)
    return { reason: [...new Set(all)].join(', ') }
  }
  const [head] = heads
  if (head === undefined) {
    const reason =
      trained.length === 0 ? 'nothing is trained' : `stage \`${name}\` trains no head that gives answers`
    return {
      reason,
      help: 'train a model with a head, such as heads { task = classifier(labelled.label) }, or leave `evaluate` and `keep` out',
    }
  }
  const block = [...program.data.values()].find((data) => heads.some((output) => suits(data, output)))
  if (block)
    return {
      reason: `data \`${block.name}\` has no validation file`,
      help: `add one to data ${block.name}: validation = "dev.tsv"`,
    }
  return {
    reason: `no data block has labels for ${headText(head)}, which gives ${answers[head.kind]}`,
    help: `declare a data block with such labels and a validation file`,
  }
}

function headText({ instance, head }: HeadOutput): string {
  return `head \`${head}\` of \`${instance.name}\``
}
