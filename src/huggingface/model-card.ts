/** README.md of an exported folder: the model, and the scores of its run. */
import { z } from 'zod'
import { metricNames } from '../check/metric-names.ts'
import { formatMetric } from '../train/metrics/index.ts'

const scoreEvent = z.object({
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), z.number()),
  best: z.boolean().optional(),
})
type ScoreEvent = z.infer<typeof scoreEvent>

export interface CardFacts {
  readonly model: string
  readonly modelClass: string
  readonly parameters: number
  readonly spec: string
  readonly seed: number
  readonly version: string
  /** Lines of metrics.jsonl. */
  readonly log: readonly unknown[]
  /** The checkpoint of these weights, if they are not the ones that the run kept. */
  readonly checkpoint?: string | undefined
  readonly notes: readonly string[]
}

export function modelCard({
  model,
  modelClass,
  parameters,
  spec,
  seed,
  version,
  log,
  checkpoint,
  notes,
}: CardFacts): string {
  const scores = keptScores(log)
  const table = scores.flatMap(({ model: name, data, split, metrics }) =>
    Object.entries(metrics).map(
      ([metric, value]) => `| ${name} | ${data}, ${split} | ${metric} | ${shown(metric, value)} |`,
    ),
  )
  const measured =
    table.length === 0
      ? 'The run scored no model.'
      : ['| model | data | metric | value |', '|---|---|---|---|', ...table].join('\n')
  return `---
library_name: transformers
tags:
- distillation
---
# ${model}

${modelClass}, ${parameters.toLocaleString('en-US')} parameters, trained by Distill ${version} from \`${spec}\` with seed ${seed}; this file is about model \`${model}\` of it.

## Scores of the run

${measured}

As logged while training: the kept step of each model, else its last.${
    checkpoint === undefined
      ? ''
      : ` The weights here are those of the checkpoint \`${checkpoint}\`, while the scores may be of other weights.`
  }
${notes.length === 0 ? '' : `\n## Exported with changes\n\n${notes.map((note) => `- ${note}`).join('\n')}\n`}
The logits of this folder, loaded into ${modelClass}'s architecture, were compared with those of the run when it was exported.
`
}

/** The scores of each model, data block and split: those of the kept evaluation, otherwise the last ones. */
function keptScores(log: readonly unknown[]): ScoreEvent[] {
  const kept = new Map<string, ScoreEvent>()
  for (const line of log) {
    const parsed = scoreEvent.safeParse(line)
    if (!parsed.success) continue
    const { model, data, split, best } = parsed.data
    const key = [model, data, split].join('\n')
    if (best || !kept.get(key)?.best) kept.set(key, parsed.data)
  }
  return [...kept.values()]
}

function shown(metric: string, value: number): string {
  const known = metricNames.find((name) => name === metric)
  return known === undefined ? `${value}` : formatMetric(known, value)
}
