/**
 * Ranks that train together have the same weights. One of another kind of processor, or with a bad core,
 * would silently train others.
 */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { ranksDrifted } from '../diagnostics/messages/cluster.ts'
import { type Cluster, exchangeNumbers, exchangeTexts } from './cluster.ts'

/** Where ranks are compared. */
export interface DriftPlace {
  readonly stage?: string | undefined
  readonly step: number
}

/**
 * Compares the bits of a number that each rank has computed. Returns the `flag` of rank 0 on all ranks.
 * @throws DiagnosticError E1022 on all ranks
 */
export function requireSameNumber(
  cluster: Cluster,
  number: number,
  flag: boolean,
  what: string,
  place: DriftPlace,
): boolean {
  if (cluster.size === 1) return flag
  const all = exchangeNumbers(cluster, [number, flag ? 1 : 0], what)
  const bits = all.map(([one = 0]) => bitsOf(one))
  if (bits.some((one) => one !== bits[0])) refuse(cluster, bits, what, place)
  return all[0]?.[1] === 1
}

/** The same for a hash. @throws DiagnosticError E1022 on all ranks */
export function requireSameHash(
  cluster: Cluster,
  arrays: Iterable<{ read(): Float32Array }>,
  what: string,
  place: DriftPlace,
): void {
  if (cluster.size === 1) return
  const sha = createHash('sha256')
  for (const array of arrays) {
    const { buffer, byteOffset, byteLength } = array.read()
    sha.update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  const all = exchangeTexts(cluster, sha.digest('hex'), what)
  if (all.some((one) => one !== all[0])) refuse(cluster, all, what, place)
}

/** Names the ranks that differ from most of them. */
function refuse(cluster: Cluster, all: readonly string[], what: string, place: DriftPlace): never {
  const hosts = exchangeTexts(cluster, hostname(), 'its host')
  const count = (value: string | undefined): number => all.filter((one) => one === value).length
  const usual = all.reduce((most, one) => (count(one) > count(most) ? one : most))
  const isClear = 2 * count(usual) > all.length
  const ranks = all.flatMap((one, rank) =>
    isClear && one === usual ? [] : [`rank ${rank} (${hosts[rank]})`],
  )
  throw new DiagnosticError(ranksDrifted({ ranks, isClear, what, ...place }))
}

function bitsOf(number: number): string {
  return Buffer.from(Float64Array.of(number).buffer).toString('hex')
}
