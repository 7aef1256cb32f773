/** Where the wall clock of a run went. */
import type { RunData, StageData } from '../schema.ts'
import type { RunFacts } from './facts.ts'

export function gatherClock(facts: RunFacts, stages: readonly StageData[]): RunData['clock'] {
  const { log, final, roles } = facts
  const parts = stages.flatMap((stage): RunData['clock'] => {
    if (stage.seconds === 0) return []
    const spent = log.ends.find((one) => one.stage === stage.name)?.spent
    const [frozen, evaluation] = [spent?.frozen ?? 0, spent?.evaluation ?? 0]
    const names = stage.trains.join(', ')
    const from = log.reused.find((one) => one.stage === stage.name)?.from
    // what another run of the sweep computed took no time of this one
    if (from !== undefined) return [{ title: `${names} as in ${from}`, kind: 'reused', seconds: 0 }]
    const teaches = stage.trains.some((name) => roles.get(name) === 'teacher')
    return [
      ...(frozen > 0
        ? [{ title: `${stage.reads.join(', ')} computed once`, kind: 'once', seconds: frozen } as const]
        : []),
      {
        title: teaches ? `${names} learns` : names,
        kind: teaches ? 'teach' : 'train',
        seconds: Math.max(0, stage.seconds - frozen - evaluation),
      },
      ...(evaluation > 0
        ? [{ title: `evaluation of ${names}`, kind: 'evaluate', seconds: evaluation } as const]
        : []),
    ]
  })
  const last = (final?.scoring_seconds ?? 0) + (final?.agreement_seconds ?? 0)
  return [
    ...parts,
    ...(last > 0 ? [{ title: 'final scores', kind: 'evaluate', seconds: last } as const] : []),
  ]
}
