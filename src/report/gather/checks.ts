/** What went well in a run, and what deserves a look, each with its evidence. */

import { percent } from '../charts/words.ts'
import type { RunData } from '../schema.ts'
import { trendOf } from './falling.ts'
import {
  bestBaseline,
  type Findings,
  lostClasses,
  mainAnswers,
  mainModels,
  pairOf,
  scoreOf,
} from './findings.ts'
import { plain, probability } from './values.ts'
import { metricName, metricText } from './verdict-text.ts'

type Check = RunData['verdict']['checks'][number]

/** Undefined where it does not apply. */
const checks: readonly ((findings: Findings) => Check | undefined)[] = [
  finished,
  betterThanAlone,
  betterThanBaseline,
  calibrated,
  rareClasses,
  clipped,
  stillFalling,
  stoppedEarly,
  longTexts,
  seeds,
]

/** The good ones first. */
export function checksOf(findings: Findings): Check[] {
  const found = checks.flatMap((check) => check(findings) ?? [])
  return [...found.filter(({ kind }) => kind === 'fine'), ...found.filter(({ kind }) => kind === 'look')]
}

function finished({ run }: Findings): Check {
  const rows = run.stages.flatMap((stage) => stage.rows)
  const wrong = rows.filter(({ loss }) => loss === null).length
  const evidence = `${rows.length} logged intervals, ${run.stages.length} ${run.stages.length === 1 ? 'stage' : 'stages'}`
  if (wrong > 0)
    return { kind: 'look', title: 'A loss was not finite', evidence: `in ${wrong} of ${evidence}` }
  if (!run.finished) return { kind: 'look', title: 'Not finished', evidence: `${evidence} so far` }
  return { kind: 'fine', title: 'Finished, no loss was infinite', evidence }
}

function betterThanAlone(findings: Findings): Check | undefined {
  const { model, alone } = mainModels(findings)
  const pair = pairOf(findings, model?.name, alone?.name)
  if (!model || !alone || !pair) return undefined
  const unit = mainAnswers(findings)?.all.unit ?? 'texts'
  const evidence = `right where ${alone.name} is wrong on ${pair.only_a} ${unit}, the reverse on ${pair.only_b} (${probability(pair.p)})`
  if (pair.p > 0.05) return { kind: 'look', title: 'Not clearly better than the student alone', evidence }
  return pair.only_a > pair.only_b
    ? { kind: 'fine', title: 'Better than the student alone', evidence }
    : { kind: 'look', title: 'Worse than the student alone', evidence }
}

function betterThanBaseline(findings: Findings): Check | undefined {
  const { model } = mainModels(findings)
  const [baseline, own] = [bestBaseline(findings), scoreOf(findings, model)]
  if (!baseline || own === undefined) return undefined
  const { higher_is_better: higher = true } = findings.run.metric ?? {}
  const evidence = `${metricName(findings)} ${metricText(findings, own)}, ${plain(baseline.name)} ${metricText(findings, baseline.value)}`
  const better = higher ? own > baseline.value : own < baseline.value
  return better
    ? { kind: 'fine', title: 'Better than the trivial baseline', evidence }
    : { kind: 'look', title: 'No better than the trivial baseline', evidence }
}

/** An expected calibration error up to this is called calibrated. */
const smallError = 0.05

function calibrated(findings: Findings): Check | undefined {
  const found = mainAnswers(findings)
  const error = found?.model.calibration_error
  if (!found || error === undefined || error === null) return undefined
  const taught = found.teacher?.calibration_error ?? undefined
  const evidence = `expected calibration error ${percent(error)}${taught === undefined ? '' : `, ${found.teacher?.model} ${percent(taught)}`}`
  if (error <= smallError) return { kind: 'fine', title: 'Well calibrated', evidence }
  if (taught !== undefined && error <= taught + 0.01)
    return { kind: 'fine', title: `As well calibrated as ${found.teacher?.model}`, evidence }
  return {
    kind: 'look',
    title: 'Not calibrated',
    evidence: `${evidence}: its probabilities are not to be trusted`,
  }
}

function rareClasses(findings: Findings): Check | undefined {
  const found = mainAnswers(findings)
  if (!found || found.all.labels.length < 2) return undefined
  const lost = lostClasses(findings)
  const of = (unit: 'support'): number => found.all[unit].reduce((sum, count) => sum + count, 0)
  const usual = of('support') / found.all.labels.length
  const [worst] = lost
  if (worst) {
    const rare = lost.every(({ support }) => support < usual)
    return {
      kind: 'look',
      title: rare ? 'Rare classes are lost' : 'Classes are lost',
      evidence: `${lost.length} of ${found.all.labels.length} by more than 10 points; ${plain(worst.label)} ${percent(worst.teacher, 0)} to ${percent(worst.student, 0)}`,
    }
  }
  const never = found.all.labels.filter(
    (_, k) => (found.all.support[k] ?? 0) >= 10 && found.model.recall[k] === 0,
  )
  if (never.length > 0)
    return {
      kind: 'look',
      title: 'Classes are never found',
      evidence: `${never.length} of ${found.all.labels.length}: ${never.slice(0, 4).map(plain).join(', ')}`,
    }
  if (!found.teacher) return undefined
  return { kind: 'fine', title: 'No class is lost', evidence: 'none fell by more than 10 points of recall' }
}

/** A share of clipped steps from which the clip decides the size of nearly every step. */
const nearlyAll = 0.9

function clipped({ run }: Findings): Check | undefined {
  const shares = run.stages.flatMap(({ name, clip, rows }) => {
    const known = rows.flatMap((row) => row.clipped ?? [])
    if (clip === undefined || known.length === 0) return []
    return [{ name, clip, share: known.reduce((sum, one) => sum + one, 0) / known.length }]
  })
  const [most] = shares.toSorted((a, b) => b.share - a.share)
  if (!most || most.share < nearlyAll) return undefined
  const evidence = shares.map(({ name, share }) => `\`${name}\` ${percent(share, 0)}`).join(', ')
  return {
    kind: 'look',
    title: 'Nearly every step is clipped',
    evidence: `${evidence} of steps at \`clip = ${most.clip}\``,
  }
}

function stillFalling({ run }: Findings): Check | undefined {
  const falling = run.stages.flatMap((stage) => {
    const trend = trendOf(stage)
    return trend?.falls && !stage.stopped_early ? [`\`${stage.name}\` by ${percent(trend.drop)}`] : []
  })
  if (falling.length === 0) return undefined
  return {
    kind: 'look',
    title: 'The loss was still falling',
    evidence: `${falling.join(', ')} between the last two sevenths of its steps`,
  }
}

function stoppedEarly({ run }: Findings): Check | undefined {
  const early = run.stages.filter((stage) => stage.stopped_early)
  if (early.length === 0) return undefined
  return {
    kind: 'fine',
    title: 'Stopped when it got no better',
    evidence: early
      .map(({ name, steps }) => `\`${name}\` after ${steps.toLocaleString('en-US')} steps`)
      .join(', '),
  }
}

/** A share of texts that `max_length` may cut. */
const fewCut = 0.05

function longTexts({ facts }: Findings): Check | undefined {
  const cut = facts.answers.filter(({ cut: count, total }) => count > fewCut * total)
  if (cut.length === 0) return undefined
  return {
    kind: 'look',
    title: '`max_length` cuts many texts',
    evidence: cut
      .map(({ data, split, cut: count, total }) => `${percent(count / total, 0)} of ${data}.${split}`)
      .join(', '),
  }
}

function seeds(findings: Findings): Check | undefined {
  const { run } = findings
  if (!run.metric || !run.finished) return undefined
  const { interval } = mainModels(findings).model ?? {}
  const sure = interval
    ? `; the texts alone leave \u00b1${(50 * (interval.high - interval.low)).toFixed(1)} points`
    : ''
  return {
    kind: 'look',
    title: 'One seed',
    evidence: `how much another seed changes is not known${run.metric.share ? sure : ''}`,
  }
}
