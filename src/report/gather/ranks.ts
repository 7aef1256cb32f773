/** How the ranks of a run shared its stages. */
import { findingOf, shareOf, tokensPerSecond } from '../../train/ranks/balance.ts'
import type { RanksData } from '../schema.ts'
import type { RunFacts } from './facts.ts'

export function gatherRanks({ log }: Pick<RunFacts, 'log'>): RanksData[] {
  return log.balances.map((balance) => ({
    stage: balance.stage,
    steps: balance.steps,
    tokens_per_second: tokensPerSecond(balance),
    finding: findingOf(balance),
    ranks: balance.ranks.map((one) => ({
      rank: one.rank,
      host: one.host,
      computing: shareOf(one, 'computing'),
      waiting: shareOf(one, 'waiting'),
      communicating: shareOf(one, 'communicating'),
      parts: one.parts,
      examples: one.examples,
    })),
  }))
}
