/** The verdict of a run in words: what came of it, with intervals and a paired test. */

import { percent } from '../charts/words.ts'
import type { ModelData, RunData } from '../schema.ts'
import { mean } from '../statistics.ts'
import { checksOf } from './checks.ts'
import {
  bestBaseline,
  type Findings,
  lostClasses,
  mainAnswers,
  mainModels,
  pairOf,
  scoreOf,
} from './findings.ts'
import { plain, probability, short } from './values.ts'
import { article, difference, metricName, metricText } from './verdict-text.ts'

export function verdictOf(findings: Findings): RunData['verdict'] {
  return { headline: headline(findings), lede: lede(findings), checks: checksOf(findings) }
}

function headline(findings: Findings): string {
  const { model, teacher } = mainModels(findings)
  const { run, facts } = findings
  if (!model) return 'This run trained no model.'
  const unfinished = run.finished ? '' : `${unfinishedAt(findings)} `
  const own = scoreOf(findings, model)
  if (own === undefined) return `${unfinished}${unscored(findings, model)}`
  const name = metricName(findings)
  const value = metricText(findings, own)
  if (facts.main?.teacher === undefined || !teacher)
    return `${unfinished}**${model.name} has ${article(name)} ${name} of ${value}** with ${short(model.parameters)} parameters.`
  const taught = scoreOf(findings, teacher)
  const saved = savings(model, teacher)
  if (taught === undefined)
    return `${unfinished}**${model.name} has ${article(name)} ${name} of ${value}**${saved}. No data scores its teacher ${teacher.name}.`
  const { higher_is_better: higher = true, share = false } = run.metric ?? {}
  if (higher ? own >= taught : own <= taught)
    return `${unfinished}**${model.name} is as good as its teacher ${teacher.name}** by ${name} (${value}, ${metricText(findings, taught)})${saved}.`
  if (!share || !higher || taught <= 0)
    return `${unfinished}**${model.name} has ${article(name)} ${name} of ${value}, its teacher ${teacher.name} ${metricText(findings, taught)}**${saved}.`
  return `${unfinished}**${model.name} keeps ${percent(own / taught)} of its teacher\u2019s ${name}**${saved}.`
}

/** `, with 37.1× fewer parameters, and answers 18× faster` */
function savings(model: ModelData, teacher: ModelData): string {
  const smaller = teacher.parameters / model.parameters
  const faster = (teacher.latency_ms ?? 0) / (model.latency_ms ?? 0)
  const size =
    smaller > 1.05
      ? ` with ${times(smaller)} fewer parameters`
      : ` with ${short(model.parameters)} parameters`
  if (!Number.isFinite(faster) || faster <= 0) return size
  if (faster > 1.1) return `${size}, and answers ${times(faster)} faster`
  return faster < 0.9 ? `${size}, but answers ${times(1 / faster)} slower` : size
}

function times(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)}\u00d7`
}

function unfinishedAt({ run }: Findings): string {
  const at = run.stages.findLast(({ rows }) => rows.length > 0)
  const step = at?.rows.at(-1)?.step.toLocaleString('en-US')
  return at
    ? `This run is not finished: stage \`${at.name}\` is at step ${step}.`
    : 'This run is not finished.'
}

function unscored(findings: Findings, model: ModelData): string {
  const { run, facts } = findings
  const teacher = facts.main?.teacher
  const what =
    teacher === undefined
      ? `**${model.name} was trained**`
      : `**${model.name} was distilled from ${teacher}**`
  const alike = run.agreement.find((one) => one.student === model.name)
  const state = alike && mean(alike.values.map((row) => Math.max(...row.map((one) => one ?? 0))))
  const more =
    state === undefined || teacher === undefined
      ? ''
      : ` Its states are like those of ${teacher}: a CKA of ${state.toFixed(2)}, the mean of its best matches.`
  return `${what}; no data has answers to score it by.${more}`
}

function lede(findings: Findings): string {
  const { model } = mainModels(findings)
  if (scoreOf(findings, model) === undefined) {
    const loss = findings.run.stages.findLast(({ rows }) => rows.length > 1)
    const [first, last] = [loss?.rows[0]?.loss, loss?.rows.at(-1)?.loss]
    if (typeof first !== 'number' || typeof last !== 'number' || !loss) return ''
    return `In stage \`${loss.name}\` the loss went from ${first.toPrecision(3)} to ${last.toPrecision(3)}.`
  }
  return [againstAlone(findings), againstBaseline(findings), lost(findings), ofOne(findings)]
    .flatMap((text) => text ?? [])
    .join(' ')
}

function againstAlone(findings: Findings): string | undefined {
  const { model, teacher, alone } = mainModels(findings)
  const [own, other, taught] = [model, alone, teacher].map((one) => scoreOf(findings, one))
  if (!model || !alone || own === undefined || other === undefined) return undefined
  const { higher_is_better: higher = true } = findings.run.metric ?? {}
  const gain = higher ? own - other : other - own
  const pair = pairOf(findings, model.name, alone.name)
  const test = pair ? ` (${probability(pair.p)})` : ''
  const before = `the same student trained without a teacher, ${alone.name} (${metricText(findings, other)})`
  if (gain <= 0) return `Distillation was worth nothing here: ${before}, is as good or better${test}.`
  if (pair && pair.p > 0.05)
    return `Its ${difference(findings, own - other)} over ${before}, may be chance${test}.`
  const gap = taught === undefined ? 0 : Math.abs(taught - other)
  const better = taught !== undefined && (higher ? taught > other : taught < other)
  const closed =
    better && gap > 0 && gain < gap
      ? `, and closed ${percent(gain / gap, 0)} of its gap to ${teacher?.name}`
      : ''
  return `Distillation was worth **${difference(findings, own - other)}** over ${before}${test}${closed}.`
}

function againstBaseline(findings: Findings): string | undefined {
  const { model } = mainModels(findings)
  const baseline = bestBaseline(findings)
  const own = scoreOf(findings, model)
  if (!model || !baseline || own === undefined) return undefined
  const { higher_is_better: higher = true } = findings.run.metric ?? {}
  const value = `${plain(baseline.name)} has ${metricText(findings, baseline.value)}`
  const better = higher ? own > baseline.value : own < baseline.value
  if (!better) return `It is **no better than the trivial baseline**: ${value}.`
  return `The trivial baseline, ${value}.`
}

function lost(findings: Findings): string | undefined {
  const classes = lostClasses(findings)
  if (classes.length === 0) return undefined
  const named = classes.slice(0, 3).map(({ label }) => plain(label))
  const more = classes.length - named.length
  const unit = mainAnswers(findings)?.all.unit === 'words' ? 'tags' : 'classes'
  return `It lost more than 10 points of ${classes.length === 1 ? 'one' : classes.length} of the ${unit}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

/** Where nothing is compared: how sure the number is. */
function ofOne(findings: Findings): string | undefined {
  const { model, teacher } = mainModels(findings)
  if (teacher || !model?.interval) return undefined
  const { low, high } = model.interval
  const count = mainAnswers(findings)?.all.count
  const from =
    count === undefined ? '' : ` from ${count.toLocaleString('en-US')} ${mainAnswers(findings)?.all.unit}`
  return `The 95% interval is ${metricText(findings, low)} to ${metricText(findings, high)}${from}.`
}
