import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Program } from '../../src/check/program.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { Resident } from '../../src/run/resident.ts'
import { loadCheckpoint, readProgress, saveCheckpoint } from '../../src/train/checkpoint.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { requireSameData, requireSameSpec } from '../../src/train/resume.ts'
import { type RunConfig, RunFolder } from '../../src/train/run-folder.ts'
import { specTexts, textHashes } from '../../src/train/spec-texts.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { program } from './tiny-program.ts'

const root = mkdtempSync(join(tmpdir(), 'resume-'))
afterAll(() => rmSync(root, { recursive: true }))

const text = 'stage s {\n  minimize imitate, budget = 3 epochs // as published\n}\n'
const programOf = (source: string, more: Record<string, string> = {}): Program => ({
  ...program([], []),
  sources: new Map(Object.entries({ 'tiny.distill': source, 'std/bert.distill': 'model bert { }', ...more })),
})
const asked = { settings: { task: 'rte' }, seed: 0, randomWeights: false, passes: '' }

function startedRun(name: string): { folder: RunFolder; config: RunConfig } {
  const folder = new RunFolder(join(root, name))
  const texts = specTexts(programOf(text))
  const config: RunConfig = {
    version: 1,
    spec: 'tiny.distill',
    folder: process.cwd(),
    ...asked,
    backend: 'cpu',
    texts: textHashes(texts),
    data: { labelled: { vocabulary: 'abc', train: '60 examples, 0123' } },
    versions: {},
    created: '2026-11-24T00:00:00.000Z',
  }
  folder.create(config, texts)
  return { folder, config: folder.readConfig() }
}

function refusal(run: () => void): string {
  try {
    run()
  } catch (error) {
    if (error instanceof DiagnosticError) {
      const [diagnostic] = error.diagnostics
      return `${diagnostic?.code}: ${diagnostic?.message}\n${diagnostic?.help}`.replaceAll(root, 'runs')
    }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('--resume', () => {
  it('goes on when only comments, spacing and empty lines have changed', () => {
    const { folder, config } = startedRun('a')
    const commented = text.replace('// as published', '').replace('  minimize', '\n    minimize')
    expect(() => requireSameSpec(folder, config, programOf(commented), asked)).not.toThrow()
  })
  it('refuses a changed spec, a changed import, settings and flags, and says what has changed', async () => {
    const { folder, config } = startedRun('b')
    const changed = programOf(text.replace('3 epochs', '4 epochs'), {
      'std/bert.distill': 'model bert { layers = 3 }',
      'own.distill': 'x',
    })
    const now = {
      settings: { size: '3' },
      seed: 1,
      randomWeights: true,
      stages: ['s'],
      passes: '-donate-buffers',
      memory: 2 * 2 ** 30,
      parts: 4,
    }
    const said = refusal(() => requireSameSpec(folder, config, changed, now))
    await expect(`${said}\n`).toMatchFileSnapshot('../golden/train/resume-spec.txt')
  })
  it('a slash in a text is no comment', () => {
    const url = 'data d { train = "http://a/b" }\n'
    const { folder } = startedRun('c')
    const config = { ...folder.readConfig(), texts: textHashes(specTexts(programOf(url))) }
    expect(
      refusal(() => requireSameSpec(folder, config, programOf(url.replace('a/b', 'a/c')), asked)),
    ).toMatch(/E1002/)
  })
  it('refuses changed data', async () => {
    const { folder, config } = startedRun('d')
    const now = { labelled: { vocabulary: 'abc', train: '61 examples, 4567' } }
    expect(() => requireSameData(folder, config, config.data)).not.toThrow()
    await expect(`${refusal(() => requireSameData(folder, config, now))}\n`).toMatchFileSnapshot(
      '../golden/train/resume-data.txt',
    )
  })
  it('says what is no run folder', async () => {
    const broken = startedRun('e').folder
    writeFileSync(join(broken.path, 'config.json'), '{ "version": 1 }')
    const said = [
      refusal(() => new RunFolder(join(root, 'nowhere')).readConfig()),
      refusal(() => new RunFolder(root).readConfig()),
      refusal(() => broken.readConfig()),
    ]
    await expect(`${said.join('\n\n')}\n`).toMatchFileSnapshot('../golden/train/no-run.txt')
  })
})

describe('metrics.jsonl', () => {
  it('loses what was written after the checkpoint, and a torn last line', () => {
    const folder = new RunFolder(join(root, 'log'))
    for (const step of [20, 40]) folder.log({ stage: 's', step }, new Date(1000 * step))
    const length = folder.logLength
    folder.log({ stage: 's', step: 60 }, new Date(60_000))
    const file = join(folder.path, 'metrics.jsonl')
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"stage":"s","st`)
    expect(folder.cutLog(length)).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(
      '{"stage":"s","step":20,"time":"1970-01-01T00:00:20.000Z"}\n{"stage":"s","step":40,"time":"1970-01-01T00:00:40.000Z"}\n',
    )
  })
})

describe('a checkpoint', () => {
  const store = new ParameterStore()
  store.define('S.w', [2, 2], Float32Array.of(1, -0, 3e-42, 4))
  store.define('W[1].bias', [1], Float32Array.of(7))
  const moments = (values: number[]) => new Resident([2, 2], Float32Array.from(values))
  const optimizer = new Map([
    [
      'S.w',
      {
        updates: 5,
        slots: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ].map(moments),
      },
    ],
  ])
  const progress = {
    finished: [{ name: 'one', steps: 9, seconds: 2.5, terms: { a: 1 } }],
    stage: 'climb[2]',
    step: 5,
    seconds: 1,
    worse: 1,
    best: { metric: 'accuracy', value: 0.5, model: 'S', step: 3 },
  }
  const file = join(root, 'checkpoints', 'last.safetensors')
  const save = (): void => saveCheckpoint(file, store, ['S.w', 'W[1].bias'], optimizer, progress)

  it('gives back weights, moments and progress bit for bit', () => {
    save()
    const before = store.snapshot(store.keys())
    store.assign('S.w', new Float32Array(4))
    store.assign('W[1].bias', new Float32Array(1))
    const loaded = loadCheckpoint(file, store)
    for (const [key, data] of before) {
      data.forEach((value, i) => {
        expect(Object.is(store.get(key).data[i], value)).toBe(true)
      })
    }
    const plain = (state: OptimizerState) =>
      [...state].map(([key, { updates, slots }]) => ({ key, updates, slots: slots.map(({ data }) => data) }))
    expect(plain(loaded.optimizer)).toEqual(plain(optimizer))
    expect(loaded.progress).toEqual(progress)
  })
  it('is whole or not there: writing leaves nothing else behind, and a cut file is refused', () => {
    save()
    expect(readdirSync(join(root, 'checkpoints'))).toEqual(['last.safetensors'])
    truncateSync(file, 200)
    expect(refusal(() => readProgress(file))).toMatch(/E0902/)
    save()
    expect(readProgress(file).step).toBe(5)
  })
  it('of another spec is refused, with what is foreign in it', () => {
    save()
    const other = new ParameterStore()
    other.define('S.w', [3], new Float32Array(3))
    expect(refusal(() => loadCheckpoint(file, other))).toMatch(
      /E1107: .*holds S\.w \[2, 2\], which this spec does not have/,
    )
  })
})
