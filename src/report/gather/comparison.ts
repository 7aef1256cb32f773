/**
 * Several runs by the score of the main model of each: intervals, and tests on the examples that they have in
 * common. Runs that differ by nothing but the seed are one group.
 */
import { basename } from 'node:path'
import { isMetric } from '../../check/metric-names.ts'
import { type AnswerFile, readAnswers } from '../../train/kept/answer-file.ts'
import { focusOf } from '../focus.ts'
import type { ComparisonData, RunData } from '../schema.ts'
import { bootstrap, deviation, mcnemar, mean } from '../statistics.ts'
import { comparisonText } from './comparison-text.ts'
import { statisticOf } from './intervals.ts'
import { type AnsweredItems, itemsOf } from './items.ts'
import { finite } from './values.ts'

/** One run as it is compared. */
export interface ScoredRun {
  /** Its folder. */
  readonly path: string
  /** The same for runs that differ by nothing but the seed. */
  readonly group: string
  /** What the group is called. */
  readonly name: string
  readonly seed: number
  readonly model: string
  readonly parameters: number
  /** Of the main model, and of the same student alone. */
  readonly value: number | null
  readonly alone?: number | null | undefined
  /** Where it was scored. */
  readonly on?: { readonly data: string; readonly split: string } | undefined
  readonly interval?: ComparisonData['compared'][number]['interval']
}

/** Groups that are tested against the best one: each takes part of a second. */
const mostTested = 10

type Metric = ComparisonData['metric']
type Compared = ComparisonData['compared'][number]
type Paired = NonNullable<Compared['paired']>

/** Undefined of fewer than two runs with a score. */
export function gatherComparison(runs: readonly ScoredRun[], metric: Metric): ComparisonData | undefined {
  const scored = runs.filter(({ value }) => value !== null)
  if (scored.length < 2) return undefined
  const better = metric.higher_is_better ? 1 : -1
  const groups = [...new Set(scored.map(({ group }) => group))]
    .map((key) => scored.filter(({ group }) => group === key))
    .map((own) => ({ own, mean: mean(own.flatMap(({ value }) => value ?? [])) }))
    .sort((a, b) => better * (b.mean - a.mean))
  const best = groups[0]?.own ?? []
  const reader = new AnswerReader()
  const compared = groups.map(({ own, mean: middle }, i): Compared => {
    const [first] = own
    const values = own.flatMap(({ value }) => value ?? [])
    return {
      name: first?.name ?? '',
      seeds: own.map(({ seed }) => seed),
      model: first?.model ?? '',
      parameters: first?.parameters ?? 0,
      mean: finite(middle),
      ...(values.length > 1 ? { deviation: deviation(values) } : {}),
      ...(first?.interval && own.length === 1 ? { interval: first.interval } : {}),
      ...(i > 0 && i <= mostTested ? tested(reader, best, own, metric.name) : {}),
    }
  })
  const gains = best.flatMap(({ value, alone }) =>
    typeof value === 'number' && typeof alone === 'number' ? [value - alone] : [],
  )
  const values = best.flatMap(({ value }) => value ?? [])
  const text = comparisonText({ metric, compared, gains, values, unscored: runs.length - scored.length })
  return { metric, ...text, compared }
}

function tested(
  reader: AnswerReader,
  [best, ...more]: readonly ScoredRun[],
  [run, ...others]: readonly ScoredRun[],
  metric: string,
): Pick<Compared, 'paired' | 'unpaired'> {
  if (!best || !run || more.length > 0 || others.length > 0) return {}
  const [a, b] = [reader.fileOf(best), reader.fileOf(run)]
  const without = [a ? [] : [best.name], b ? [] : [run.name]].flat()
  if (!a || !b) return { unpaired: `no single answers were kept of ${without.join(' and of ')}` }
  if (!sameExamples(a, b)) return { unpaired: 'they were scored on different examples' }
  const paired = pairedOf({ file: a, model: best.model }, { file: b, model: run.model }, metric)
  return paired ? { paired } : {}
}

/** Metrics that are a share of right answers. */
const shares: ReadonlySet<string> = new Set(['accuracy', 'tag_accuracy', 'exact_match'])

interface Answered {
  readonly file: AnswerFile
  readonly model: string
}

function pairedOf(best: Answered, own: Answered, metric: string): Paired | undefined {
  if (!isMetric(metric)) return undefined
  const [x, y] = [itemsIn(best), itemsIn(own)]
  const right = x && y && countsOf(x.models[0]?.right ?? [], y.models[0]?.right ?? [])
  const unit = x?.unit ?? 'texts'
  if (right && shares.has(metric)) {
    const { each, ...counts } = right
    const interval = bootstrap(each.length, (rows) => mean(Array.from(rows, (row) => each[row] ?? 0)))
    return {
      unit,
      count: each.length,
      difference: mean(each),
      ...(interval ? { interval } : {}),
      ...counts,
    }
  }
  const [a, b] = [best, own].map(({ file, model }) => statisticOf(file, model, metric))
  if (!a || !b) return undefined
  const all = Int32Array.from({ length: a.count }, (_, i) => i)
  const difference = b.of(all) - a.of(all)
  if (!Number.isFinite(difference)) return undefined
  const interval = bootstrap(a.count, (rows) => b.of(rows) - a.of(rows), a.times)
  const { each: _, ...counts } = right ?? { each: [] }
  return { unit, count: x?.count ?? a.count, difference, ...(interval ? { interval } : {}), ...counts }
}

function itemsIn({ file, model }: Answered): AnsweredItems | undefined {
  const own = file.models[model]
  return own && itemsOf({ ...file, models: { [model]: own } }, [model])
}

function countsOf(best: readonly boolean[], own: readonly boolean[]) {
  const each = best.map((right, i) => Number(own[i] ?? false) - Number(right))
  const only_best = each.filter((one) => one < 0).length
  const only_this = each.filter((one) => one > 0).length
  return { each, only_best, only_this, p: mcnemar(only_best, only_this) }
}

/** Whether two files have the answers to the same examples: lines, labels and right answers. */
function sameExamples(a: AnswerFile, b: AnswerFile): boolean {
  const facts = ({ kind, split, labels, files, file, line, actual, lengths, total }: AnswerFile): string =>
    JSON.stringify([
      kind,
      split,
      labels,
      files.map((path) => basename(path)),
      file,
      line,
      actual,
      lengths,
      total,
    ])
  return facts(a) === facts(b)
}

/** Reads the answers of a run once. */
class AnswerReader {
  private readonly known = new Map<string, readonly AnswerFile[]>()

  fileOf({ path, model, on }: ScoredRun): AnswerFile | undefined {
    const files = this.known.get(path) ?? readAnswers(path)
    this.known.set(path, files)
    return files.find(
      ({ data, split, models }) => data === on?.data && split === on.split && models[model] !== undefined,
    )
  }
}

/** Runs that are shown in full, by their names. Equal commands and texts with other seeds are one group. */
export function scoredRuns(runs: readonly RunData[], names: readonly string[], metric: Metric): ScoredRun[] {
  const keys = runs.map(({ again: { command, texts } }) =>
    JSON.stringify([command.replace(/ --seed \d+/, ''), Object.values(texts)]),
  )
  const members = (key: string | undefined) => runs.filter((_, i) => keys[i] === key)
  return runs.map((run, i) => {
    const { main, alone } = focusOf(run) ?? {}
    const own = members(keys[i])
    const differ = own.length > 1 && new Set(own.map(({ seed }) => seed)).size === own.length
    const on =
      main?.data !== undefined && main.split !== undefined
        ? { data: main.data, split: main.split }
        : undefined
    return {
      path: run.folder,
      group: differ ? (keys[i] ?? '') : `${i}`,
      name: differ ? own.map((one) => names[runs.indexOf(one)]).join(', ') : (names[i] ?? run.name),
      seed: run.seed,
      model: main?.name ?? '',
      parameters: main?.parameters ?? 0,
      value: main?.metrics[metric.name] ?? null,
      alone: alone?.metrics[metric.name],
      on,
      interval: run.metric?.name === metric.name ? main?.interval : undefined,
    }
  })
}
