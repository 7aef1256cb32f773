/** The optimizer of a stage and its schedules in words. */
import type { OptimizerSettings, OptimizerSpec, Schedule } from '../check/program.ts'
import { formula } from './losses.ts'

export function describeSchedule(rate: Schedule): string {
  switch (rate.kind) {
    case 'constant':
      return `${rate.rate} constant`
    case 'linear':
      return rate.warmup > 0
        ? `${rate.rate} linear, warm-up ${+(rate.warmup * 100).toFixed(2)}%`
        : `${rate.rate} linear`
    case 'expression':
      return formula(rate.term)
  }
}

export function describeOptimizer({ kind, settings, clip, groups }: OptimizerSpec): string {
  const parts = [kind, describeSchedule(settings.rate)]
  if (settings.weightDecay > 0) parts.push(`decay ${settings.weightDecay}`)
  if (clip !== undefined) parts.push(kind === 'bert_adam' ? `clip ${clip} per parameter` : `clip ${clip}`)
  if (settings.trust === false) parts.push('trust off')
  if (settings.biasCorrection === false) parts.push('bias correction off')
  // Groups that change the same settings to the same values are one line, however many an index has made.
  const exceptions = new Map<string, string[]>()
  for (const group of groups) {
    const changes = changedSettings(settings, group.settings).join(', ')
    exceptions.set(changes, [...(exceptions.get(changes) ?? []), group.describe])
  }
  for (const [changes, paths] of exceptions) parts.push(`except [${paths.join(', ')}] ${changes}`)
  return parts.join(', ')
}

function changedSettings(usual: OptimizerSettings, own: OptimizerSettings): string[] {
  const changes: string[] = []
  const [usualRate, rate] = [describeSchedule(usual.rate), describeSchedule(own.rate)]
  if (rate !== usualRate) changes.push(`rate ${rate}`)
  if (own.weightDecay !== usual.weightDecay) changes.push(`decay ${own.weightDecay}`)
  if (own.betas.join() !== usual.betas.join()) changes.push(`betas ${own.betas.join(' ')}`)
  if (own.epsilon !== usual.epsilon) changes.push(`epsilon ${own.epsilon}`)
  if (own.momentum !== usual.momentum) changes.push(`momentum ${own.momentum}`)
  if (own.trust !== usual.trust) changes.push(`trust ${own.trust === false ? 'off' : 'on'}`)
  if (own.biasCorrection !== usual.biasCorrection)
    changes.push(`bias correction ${own.biasCorrection === false ? 'off' : 'on'}`)
  return changes
}
