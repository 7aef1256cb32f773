/** What ranks agree on, and what they refuse. Ranks are simulated: each answers as it is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { divisionOf, requireAlike, requireDivisible, requireShared } from '../../src/cluster/agreement.ts'
import { alone, type Cluster } from '../../src/cluster/cluster.ts'
import { Division } from '../../src/cluster/division.ts'
import { type Mpi, MpiError } from '../../src/cluster/mpi.ts'
import { MpiCluster } from '../../src/cluster/mpi-cluster.ts'
import { evenRanges } from '../../src/cluster/shards.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { trainSpec } from '../../src/library/train.ts'
import { addInPlace } from '../../src/run/plain-update.ts'

const home = mkdtempSync(join(tmpdir(), 'cluster-'))
afterAll(() => rmSync(home, { recursive: true }))

/** Rank 0 of two. `other`: what rank 1 sends, by what it is asked for. */
function twoRanks(other: (what: string, own: string) => string): Cluster {
  return {
    ...alone,
    size: 2,
    exchange: (own, what) => [own, Buffer.from(other(what, Buffer.from(own).toString()))],
  }
}

/** The library as rank 0 of two sees it. `receive` fills the bytes, and returns whether they have come. */
function simulated(receive: (bytes: Uint8Array) => () => boolean): Mpi {
  let hasCome = (): boolean => true
  return {
    rank: 0,
    size: 2,
    version: 'simulated',
    prepare: (messages) => {
      const incoming = messages.filter(({ isSent }) => !isSent)
      return {
        messages: Float64Array.from(incoming.flatMap(({ peer }) => [0, 0, peer, 0])),
        open: new Int32Array(1 + incoming.length),
        additions: new Float64Array(0),
        requests: new Uint8Array(0),
        place: 0,
        held: incoming.map(
          ({ array, at, bytes }) => new Uint8Array(array.buffer, array.byteOffset + at, bytes),
        ),
      }
    },
    start({ open, held }) {
      open.fill(1)
      for (const { buffer, byteOffset, byteLength } of held)
        hasCome = receive(new Uint8Array(buffer, byteOffset, byteLength))
    },
    advance({ open }) {
      if (hasCome()) open.fill(0)
    },
    room: alone.room,
    add: addInPlace,
    finalize: () => {},
    abort: () => {},
  }
}

describe('parts of a batch', () => {
  it('are 1 alone, 8 under a launcher, and more for more ranks', () => {
    const partsOf = (size: number): number => divisionOf({ ...alone, size }, {}, undefined).parts
    expect([1, 2, 3, 8, 9, 20].map(partsOf)).toEqual([1, 8, 8, 8, 16, 32])
  })
  it('stay those of the run that goes on', () => {
    expect(divisionOf(alone, {}, { parts: 4 }).parts).toBe(4)
    expect(divisionOf({ ...alone, size: 3 }, {}, { parts: 4 }).parts).toBe(4)
  })
  it('are at least as many as the ranks', () => {
    expect(() => divisionOf({ ...alone, size: 4 }, { parts: 2 }, undefined)).toThrow(
      /E1123.*4 ranks.*2 parts/,
    )
    expect(() => divisionOf({ ...alone, size: 2 }, {}, {})).toThrow(/E1123.*2 ranks.*1 part\b/)
  })
})

describe('a batch', () => {
  const { program } = checkFile(join(import.meta.dirname, '../../specs/demo.distill'))
  const stages = program?.stages ?? []
  const division = (size: number): Division => new Division({ ...alone, size }, 64)
  it('has an example for each rank', () => {
    requireDivisible(division(8), stages)
    expect(() => requireDivisible(division(64), stages)).toThrow(/E1129.*64 ranks share it/)
  })
})

describe('ranks', () => {
  it('must see the folder of rank 0', async () => {
    const lock = JSON.stringify({ pid: 1, token: 'of rank 0' })
    writeFileSync(join(home, 'lock'), lock)
    await requireShared(
      twoRanks(() => ''),
      home,
    )
    const blind = twoRanks((what) => (what === 'whether it sees the folder' ? 'node-2' : ''))
    await expect(requireShared(blind, home)).rejects.toThrow(/E1124.*rank 1 \(node-2\)/)
  })
  it('of another folder notice that themselves', async () => {
    const asked: string[] = []
    const second: Cluster = {
      ...alone,
      rank: 1,
      size: 2,
      exchange(own, what) {
        asked.push(Buffer.from(own).toString())
        return [Buffer.from(what === 'its folder' ? 'another lock' : ''), own]
      },
    }
    await expect(requireShared(second, home, 1)).rejects.toThrow(/E1124/)
    expect(asked.at(-1)).toBe(hostname())
  })
  it('must have the versions and the instructions of rank 0', () => {
    const facts = { distill: '1.0.0', node: 'v20.1.0', instructions: 'avx512' }
    const like = (changes: object): Cluster =>
      twoRanks((_, own) => JSON.stringify({ ...JSON.parse(own), host: 'node-2', ...changes }))
    requireAlike(like({}), facts)
    expect(() => requireAlike(like({ instructions: 'avx2' }), facts)).toThrow(/E1125.* on rank 1 \(node-2\)/)
  })
  it('train one run', async () => {
    const spec = join(import.meta.dirname, '../../specs/demo.distill')
    const sweep = trainSpec(spec, { seeds: 2, cluster: { ...alone, size: 2 } }, {})
    await expect(sweep).rejects.toThrow(/E1127/)
  })
  it.each([
    ['a slower rank', 5, true],
    ['its message', 0, false],
  ])('tell waits for %s', (_, seconds, isWait) => {
    let looks = 0
    const mpi = simulated((bytes) => {
      looks = 0
      if (bytes.length === 16) new Float64Array(bytes.buffer, bytes.byteOffset, 2).set([2, seconds])
      return () => ++looks > 400
    })
    const cluster = new MpiCluster(mpi, { deadline: 60 })
    const { waited, spent } = cluster
    cluster.exchange(new Uint8Array(2), 'its losses')
    expect(cluster.spent).toBeGreaterThan(spent)
    expect(cluster.waited > waited).toBe(isWait)
    expect(cluster.waited).toBeLessThan(cluster.spent)
  })
  it('are told what the library says where a message fails', () => {
    const mpi: Mpi = {
      ...simulated(() => () => true),
      advance() {
        throw new MpiError('MPI_Testany: MPI_ERR_PROC_FAILED')
      },
    }
    expect(() => new MpiCluster(mpi, { deadline: 60 })).toThrow(
      /E1024.*rank 0 could not exchange its host with rank 1: MPI_Testany: MPI_ERR_PROC_FAILED/,
    )
  })

  it('are lost where they do not answer in time, by number and machine', () => {
    let isAnswering = true
    const encoder = new TextEncoder()
    const mpi = simulated((bytes) => {
      // First the length of the other's host, then the host.
      if (bytes.length === 16) new Float64Array(bytes.buffer, bytes.byteOffset, 2)[0] = 6
      else if (bytes.length === 6) bytes.set(encoder.encode('node-2'))
      return () => isAnswering
    })
    const cluster = new MpiCluster(mpi, { deadline: 0.005 })
    isAnswering = false
    expect(() => cluster.share(new Float32Array(40), evenRanges(40, 2), 'its gradients')).toThrow(
      /E1021.*rank 1 on node-2 did not send its gradients for 0 s/,
    )
  })
})
