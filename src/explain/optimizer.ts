/**
 * The optimizer of a stage and its schedules in words: what differs from the defaults, and what an optimizer
 * does unasked.
 */
import { defaultClip, defaultSettings } from '../check/optimizers.ts'
import type { OptimizerSettings, OptimizerSpec, Schedule } from '../check/program.ts'
import { optimizers } from '../train/optimizers/index.ts'
import { decimal, tie } from './figures.ts'
import { formula } from './formula.ts'

export function describeSchedule(rate: Schedule): string {
  switch (rate.kind) {
    case 'constant':
      return `${decimal(rate.rate)} constant`
    case 'linear':
      return rate.warmup > 0
        ? `${decimal(rate.rate)} linear, warm-up ${+(rate.warmup * 100).toFixed(2)}%`
        : `${decimal(rate.rate)} linear`
    case 'expression':
      return formula(rate.term)
  }
}

export function describeOptimizer({ kind, settings, clip, groups }: OptimizerSpec): string {
  const usual: OptimizerSettings = { ...defaultSettings(kind), rate: settings.rate }
  const rate = describeSchedule(settings.rate)
  const named = settings.rate.kind === 'expression' ? `rate ${rate}` : rate
  const parts: string[] = [kind, named, ...changedSettings(usual, settings)]
  const { clipsEachParameter } = optimizers[kind]
  if (clip !== undefined) parts.push(`clip ${decimal(clip)}${clipsEachParameter ? ' per parameter' : ''}`)
  else if (defaultClip(kind) !== undefined) parts.push('no clip')
  // Groups that change the same settings to the same values are one line, however many an index has made.
  const exceptions = new Map<string, string[]>()
  for (const group of groups) {
    const changes = changedSettings(settings, group.settings).join(', ')
    exceptions.set(changes, [...(exceptions.get(changes) ?? []), group.describe])
  }
  for (const [changes, paths] of exceptions) parts.push(`except [${paths.join(', ')}] ${changes}`)
  return parts.join(', ')
}

/** A setting and its number stay on one line. */
export function printOptimizer(described: string): string {
  return `    ${described.replace(/\b(decay|betas|epsilon|momentum|clip|warm-up) (?=\d)/g, `$1${tie}`)}`
}

function changedSettings(usual: OptimizerSettings, own: OptimizerSettings): string[] {
  const changes: string[] = []
  const [usualRate, rate] = [describeSchedule(usual.rate), describeSchedule(own.rate)]
  if (rate !== usualRate) changes.push(`rate ${rate}`)
  if (own.weightDecay !== usual.weightDecay) changes.push(`decay ${decimal(own.weightDecay)}`)
  if (own.betas.join() !== usual.betas.join()) changes.push(`betas ${own.betas.map(decimal).join(' ')}`)
  if (own.epsilon !== usual.epsilon) changes.push(`epsilon ${decimal(own.epsilon)}`)
  if (own.momentum !== usual.momentum) changes.push(`momentum ${decimal(own.momentum)}`)
  if (own.trust !== usual.trust) changes.push(`trust ${own.trust === false ? 'off' : 'on'}`)
  if (own.biasCorrection !== usual.biasCorrection)
    changes.push(`bias correction ${own.biasCorrection === false ? 'off' : 'on'}`)
  return changes
}
