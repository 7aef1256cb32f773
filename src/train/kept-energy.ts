/**
 * Notes about matrices that are initialised by a truncated singular value decomposition: how much of the
 * energy (the sum of squared singular values) of each is kept. All layers of a binding share a line:
 * `S.layer[*].ffn.up starts as rank 128 of T.layer[*].ffn.up: 61.2% to 64.0% of its energy kept`.
 */
import { formatShare } from './format.ts'

export interface Factorized {
  /** `S.layer[3].ffn.up` */
  readonly path: string
  /** `T.layer[3].ffn.up.weight` */
  readonly of: string
  readonly rank: number
  /** Share of the energy, 0 to 1. */
  readonly kept: number
}

export function keptEnergyNotes(matrices: readonly Factorized[]): string[] {
  const groups = new Map<string, Factorized[]>()
  for (const matrix of matrices) {
    const key = `${anyIndex(matrix.path)} ${anyIndex(matrix.of)} ${matrix.rank}`
    groups.set(key, [...(groups.get(key) ?? []), matrix])
  }
  return [...groups.values()].map((group) => {
    const [{ path, of, rank } = { path: '', of: '', rank: 0 }] = group
    const name = (written: string): string => (group.length > 1 ? anyIndex(written) : written)
    const source = name(of).replace(/\.weight$/, '')
    const kept = group.map((matrix) => matrix.kept)
    const range = [...new Set([formatShare(Math.min(...kept)), formatShare(Math.max(...kept))])].join(' to ')
    return `${name(path)} starts as rank ${rank} of ${source}: ${range} of its energy kept`
  })
}

function anyIndex(path: string): string {
  return path.replace(/\[\d+\]/g, '[*]')
}
