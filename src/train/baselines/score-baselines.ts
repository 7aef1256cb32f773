/**
 * The scores of trivial baselines, on the splits and by the metrics of models. They learn from the training
 * split of the data block that the models are scored on.
 */
import { labelledBy, suits } from '../../check/head-outputs.ts'
import type { MetricName } from '../../check/metric-names.ts'
import type { DataSpec, Program } from '../../check/program.ts'
import { missingFiles } from '../../data/read-texts.ts'
import type { DataProvider } from '../feed.ts'
import { measureAll, type ScoredHead } from '../scoring.ts'
import type { SharedFigures } from '../shared-figures.ts'
import { structuralText } from '../structural-text.ts'
import { tasks } from '../tasks/index.ts'
import type { BaselineParts, BaselineScore, DataPart } from './baseline.ts'

/**
 * @param heads on which models are scored; those on one split share their baselines
 * @param figures in a sweep: baselines that its runs have in common
 */
export function scoreBaselines(
  program: Program,
  provider: DataProvider,
  heads: readonly ScoredHead[],
  figures?: SharedFigures,
): BaselineScore[] {
  const places = new Map<string, ScoredHead & { readonly names: Set<MetricName> }>()
  for (const head of heads) {
    const { output, data, split, metrics } = head
    const key = [data.name, split, output.kind, output.classes].join(' ')
    const { names } = places.get(key) ?? { names: new Set<MetricName>() }
    for (const name of metrics) names.add(name)
    places.set(key, { ...head, names })
  }
  return [...places.values()].flatMap(({ names, ...head }) => {
    const source = trainingBlock(program, head)
    if (source === undefined) return []
    const { output, data, split } = head
    const make = () =>
      tasks[output.kind].baselines(partsOf(provider, head, source.name)).map(
        ({ name, answers }): BaselineScore => ({
          name,
          data: data.name,
          split,
          values: measureAll(answers, [...names]),
        }),
      )
    const blocks = [data, source].map((block) => [block, provider.fingerprint(block.name)])
    const key = structuralText([output.kind, output.classes, split, names, blocks])
    return figures?.baselines(key, make) ?? make()
  })
}

/** The block itself, or for one without training texts the block that the head's classes come from. */
function trainingBlock({ data: blocks }: Program, { data, output }: ScoredHead): DataSpec | undefined {
  return [data, blocks.get(labelledBy(output) ?? '')].find(
    (block) => block?.train !== undefined && suits(block, output) && missingFiles([block]).length === 0,
  )
}

function partsOf(
  provider: DataProvider,
  { output: { kind, classes }, data, split }: ScoredHead,
  source: string,
): BaselineParts {
  const part = (block: string, name: 'train' | ScoredHead['split']): DataPart => ({
    rows: provider.rows(block, name),
    examples: provider.dataset(block).splits.get(name) ?? [],
  })
  const { labels = [], vocabulary } = provider.dataset(data.name)
  return {
    classes,
    labels,
    vocabulary,
    train: part(source, 'train'),
    held: part(data.name, split),
    *batches() {
      for (const examples of provider.evaluation(data.name, split, tasks[kind].together(classes)))
        yield provider.batch(data.name, examples, { seed: 0, stage: 'evaluation', step: 0 })
    },
  }
}
