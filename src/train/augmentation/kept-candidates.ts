/**
 * A cache of proposed words for other runs: a file for each hash of all inputs. A file that cannot be read or
 * written counts as missing.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { fileBytes } from '../../files/regular-file.ts'

const neighbourTable = z.record(z.string(), z.array(z.string()))

export class KeptCandidates {
  private readonly folder: string | undefined

  /** Without a folder nothing is cached. */
  constructor(folder: string | undefined) {
    this.folder = folder
  }

  /** Ids of proposed pieces; undefined if there are not `count` of them for this key. */
  proposals(key: string, count: number): Float32Array | undefined {
    const bytes = this.read(`${key}.proposals`)
    if (bytes === undefined || bytes.byteLength !== 4 * count) return undefined
    const ids = new Float32Array(count)
    new Uint8Array(ids.buffer).set(bytes)
    return ids
  }

  keepProposals(key: string, ids: Float32Array): void {
    this.write(`${key}.proposals`, new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
  }

  neighbours(key: string): ReadonlyMap<string, readonly string[]> | undefined {
    const bytes = this.read(`${key}.neighbours.json`)
    if (bytes === undefined) return undefined
    try {
      const parsed = neighbourTable.safeParse(JSON.parse(bytes.toString('utf8')))
      return parsed.success ? new Map(Object.entries(parsed.data)) : undefined
    } catch {
      return undefined
    }
  }

  keepNeighbours(key: string, neighbours: ReadonlyMap<string, readonly string[]>): void {
    this.write(`${key}.neighbours.json`, Buffer.from(JSON.stringify(Object.fromEntries(neighbours))))
  }

  private read(name: string): Buffer | undefined {
    if (this.folder === undefined) return undefined
    try {
      return fileBytes(join(this.folder, name))
    } catch {
      return undefined
    }
  }

  private write(name: string, bytes: Uint8Array): void {
    if (this.folder === undefined) return
    try {
      writeAtomically(join(this.folder, name), [bytes])
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
    }
  }
}
