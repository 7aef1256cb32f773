/** What the ranks of a cluster have to agree on before they train together. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import {
  folderNotShared,
  ranksDiffer,
  smallBatch,
  tooFewParts,
  wholeBatch,
} from '../diagnostics/messages/cluster.ts'
import { fileText } from '../files/regular-file.ts'
import { type Cluster, exchangeTexts } from './cluster.ts'
import { Division } from './division.ts'
import type { Wire } from './wire.ts'

/**
 * Parts of a batch that several ranks train where nothing else is asked for: enough for the ranks of
 * most.
 */
const usualParts = 8

/** How a batch is divided: `--parts` and `--wire`. */
export interface AskedDivision {
  readonly parts?: number | undefined
  readonly wire?: Wire | undefined
}

/**
 * @param before of the run that is resumed; its parts and its wire stay
 * @throws DiagnosticError E1123 where there are more ranks than parts
 */
export function divisionOf(
  cluster: Cluster,
  asked: AskedDivision,
  before: AskedDivision | undefined,
): Division {
  const { size } = cluster
  let enough = usualParts
  while (enough < size) enough *= 2
  const parts = asked.parts ?? (before ? (before.parts ?? 1) : size > 1 ? enough : 1)
  if (parts >= size) return new Division(cluster, parts, asked.wire ?? before?.wire)
  const help = before
    ? `the run was begun so, and its weights depend on it: continue it with at most ${parts}, or start a new run`
    : `--parts ${enough}`
  throw new DiagnosticError(tooFewParts({ parts, size, help }))
}

/**
 * Throws E1128 for a loss that is no sum over parts of a batch, E1129 for a batch of fewer examples than
 * ranks.
 */
export function requireDivisible({ cluster: { size }, parts }: Division, stages: readonly Stage[]): void {
  const wrong = stages.flatMap(({ name, span, additive, batch }) => {
    if (parts > 1 && !additive) return [wholeBatch({ stage: name, parts, span })]
    return batch < size ? [smallBatch({ stage: name, batch, size, span })] : []
  })
  if (wrong.length > 0) throw new DiagnosticError(...wrong)
}

/** A machine keeps the names in a folder of a network file system for some time. In milliseconds. */
const patience = 10_000
const pause = 500

/** Throws E1124 on all ranks where one does not see the folder that rank 0 has locked, within some time. */
export async function requireShared(cluster: Cluster, folder: string, limit = patience): Promise<void> {
  if (cluster.size === 1) return
  const lock = (): string => {
    try {
      return fileText(join(folder, 'lock'))
    } catch {
      return ''
    }
  }
  const [wanted = ''] = exchangeTexts(cluster, cluster.rank === 0 ? lock() : '', 'its folder')
  let sees = lock() === wanted
  for (let waited = 0; waited < limit && !sees; waited += pause) {
    await setTimeout(pause)
    sees = lock() === wanted
  }
  const blind = exchangeTexts(cluster, sees ? '' : hostname(), 'whether it sees the folder').flatMap(
    (host, rank) => (host === '' ? [] : [`rank ${rank} (${host})`]),
  )
  if (blind.length > 0) throw new DiagnosticError(folderNotShared({ folder, ranks: blind }))
}

/** Throws E1125 on all ranks where one differs from rank 0 in something that its bits depend on. */
export function requireAlike(cluster: Cluster, facts: Readonly<Record<string, string>>): void {
  if (cluster.size === 1) return
  const all = exchangeTexts(cluster, JSON.stringify({ ...facts, host: hostname() }), 'its versions').map(
    (text): Record<string, string> => JSON.parse(text),
  )
  const [first = {}] = all
  const found = all.map((own, rank) => ({
    rank: `rank ${rank} (${own.host})`,
    differences: Object.keys({ ...first, ...own })
      .filter((name) => name !== 'host' && own[name] !== first[name])
      .map((name) => `${name}: ${first[name]} on rank 0, ${own[name]} on rank ${rank}`),
  }))
  const others = found.filter(({ differences }) => differences.length > 0)
  if (others.length === 0) return
  const ranks = others.map(({ rank }) => rank)
  throw new DiagnosticError(
    ranksDiffer({ ranks, differences: others.flatMap(({ differences }) => differences) }),
  )
}
