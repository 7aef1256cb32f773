import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instructionsOf } from '../../src/backends/instructions.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { type Computer, settleComputer } from '../../src/train/same-bits.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { distill } from '../distill.ts'
import { dataTable, smallSpec } from '../faults/small-spec.ts'

const home = mkdtempSync(join(tmpdir(), 'same-bits-'))
afterAll(() => rmSync(home, { recursive: true }))

const began: Computer = {
  backend: 'native',
  versions: { distill: '0.1.0', node: 'v20.20.2', oneDNN: '3.6', kernels: 'compiled' },
  instructions: 'x64 avx fma avx2',
  threads: 2,
  processor: 'AMD EPYC, 2 threads',
}

let count = 0
/** What a resume with another computer is told: the error, or the notes and what the configuration then has. */
function resumed(change: Partial<Computer>, allowed = false) {
  const folder = new RunFolder(join(home, `run-${count++}`))
  const others = { settings: {}, seed: 0, randomWeights: false, passes: '', texts: {}, data: {} }
  const created = '2026-11-24T00:00:00.000Z'
  folder.create({ version: 2, spec: 'a.distill', folder: '/', created, ...others, ...began }, new Map())
  const notes: string[] = []
  const settle = (): void =>
    settleComputer(
      folder,
      folder.readConfig(),
      { ...began, ...change },
      { allowed, note: (text) => notes.push(text) },
    )
  if (allowed) settle()
  const error = allowed ? undefined : diagnosticMessage(settle)
  return { error, notes, config: folder.readConfig() }
}

describe('what changes the bits of a resumed run', () => {
  it.each<[string, Partial<Computer>]>([
    ['the backend was native, is wasm', { backend: 'wasm', versions: { 'TensorFlow.js': '4.22' } }],
    ['oneDNN was 3.6, is 3.7', { versions: { ...began.versions, oneDNN: '3.7' } }],
    ['kernels was compiled, is in JavaScript', { versions: { ...began.versions, kernels: 'in JavaScript' } }],
    ['Distill was 0.1.0, is 0.2.0', { versions: { ...began.versions, distill: '0.2.0' } }],
    ['Node.js was v20.20.2, is v22.1.0', { versions: { ...began.versions, node: 'v22.1.0' } }],
    ['the instructions of the processor was x64 avx fma avx2, is x64 avx', { instructions: 'x64 avx' }],
  ])('%s: refused, and recorded where it is allowed', (change, now) => {
    expect(resumed(now).error).toMatch(/^E1018: /)
    const { notes, config } = resumed(now, true)
    expect(notes).toContain(`${change}: the weights will differ from those of an undisturbed run`)
    expect(config.inexact).toEqual([{ time: expect.any(String), changes: [change] }])
    // The next part is compared with this one.
    expect(config).toMatchObject(now)
  })
  it('threads, the processor and a later Node.js of the same engine are only told', () => {
    const now = {
      threads: 4,
      processor: 'AMD EPYC, 4 threads',
      versions: { ...began.versions, node: 'v20.21.0' },
    }
    const { notes, config } = resumed(now, true)
    expect(notes).toEqual([
      'Node.js was v20.20.2, is v20.21.0: this changes no bits',
      'the number of threads was 2, is 4: this changes no bits',
      'the processor was AMD EPYC, 2 threads, is AMD EPYC, 4 threads: this changes no bits',
    ])
    expect(config.inexact).toBe(undefined)
  })
  it('what an earlier version did not record is not compared', () => {
    expect(resumed({ versions: { ...began.versions, cuDNN: '9' } }, true).notes).toEqual([])
  })
})

describe('the instructions of a processor', () => {
  it('are those that libraries choose kernels by', () => {
    expect(instructionsOf(() => 'flags\t\t: fpu sse4_1 avx fma hypervisor avx2\n')).toBe(
      `${process.arch} sse4_1 avx fma avx2`,
    )
    const model = instructionsOf(() => {
      throw new Error('no such file')
    })
    expect(model.length).toBeGreaterThan(process.arch.length + 1)
  })
})

describe('train --resume on another backend', () => {
  const train = (...more: string[]) =>
    distill(['train', 'small.distill', '--max-steps', '4', '--out', 'run', ...more], { cwd: home })
  const config = () => JSON.parse(readFileSync(join(home, 'run/config.json'), 'utf8'))

  beforeAll(() => {
    writeFileSync(join(home, 'small.distill'), smallSpec({}))
    writeFileSync(join(home, 'train.tsv'), dataTable(16))
  })

  it('is refused; with --allow-inexact, the configuration and the report say so', async () => {
    expect(await train('--backend', 'cpu')).toMatchObject({ status: 0 })
    expect(config().versions).toEqual({
      distill: expect.any(String),
      node: process.version,
      'TensorFlow.js': expect.stringMatching(/^\d/),
    })
    const refused = await train('--backend', 'reference', '--resume')
    expect([refused.status, refused.err]).toEqual([
      3,
      expect.stringMatching(/E1018[\s\S]*the backend was cpu, is reference[\s\S]*--allow-inexact/),
    ])
    expect(await train('--resume')).toMatchObject({ status: 0 })
    expect(config().inexact).toBe(undefined)
    const allowed = await train('--backend', 'reference', '--resume', '--allow-inexact')
    expect(allowed.status).toBe(0)
    expect(allowed.err).toMatch(/note: the backend was cpu, is reference: the weights will differ/)
    expect(config()).toMatchObject({
      backend: 'reference',
      inexact: [{ changes: ['the backend was cpu, is reference'] }],
    })
    const report = await distill(['report', 'run', '--json'], { cwd: home })
    expect(report.out).toContain('the backend was cpu, is reference')
  })
})
