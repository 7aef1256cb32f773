/** Every shipped spec, as it is written, trains end to end: all its stages, with the sizes that its models have in the library reduced and with synthetic data. */

import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Program, Stage } from '../../src/check/program.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import type { Score, StepDone } from '../../src/train/observer.ts'
import { trainerOf } from '../train/trainer-of.ts'
import { writeDataOf } from './made-up-data.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'shipped-'))
const runner = await createRunner('wasm')
afterAll(() => {
  rmSync(home, { recursive: true })
  runner.dispose()
})

/** The demo has data of its own, and trains whole in little time. Of TinyBERT's tasks beside its usual one: a pair, a number, and files without a header. */
const shipped = readdirSync(join(root, 'specs'))
  .filter((file) => file.endsWith('.distill') && file !== 'demo.distill')
  .flatMap((file): [string, string | undefined][] =>
    file === 'tinybert-4.distill'
      ? [undefined, 'rte', 'stsb', 'cola'].map((task) => [file, task])
      : [[file, undefined]],
  )
cpSync(join(root, 'specs/tasks'), join(home, 'tasks'), { recursive: true })

/** What the library says of sizes, and what it says here. Layers keep their numbers where a map counts on them. */
const reduced: { readonly [file: string]: readonly (readonly [string, string])[] } = {
  'std/bert.distill': [
    ['vocabulary = 30_522', 'vocabulary = 200'],
    ['vocabulary = 30_000', 'vocabulary = 200'],
    ['hidden_size = 768, heads = 12', 'hidden_size = 16, heads = 2'],
    ['intermediate_size = 4 * hidden_size', 'intermediate_size = 2 * hidden_size'],
    ['hidden_size = 312, intermediate_size = 1200', 'hidden_size = 8, intermediate_size = 16'],
    ['embedding_size = 128', 'embedding_size = 8'],
  ],
  'std/mobilebert.distill': [
    ['vocabulary = 30_522', 'vocabulary = 200'],
    [
      'layers = 24, hidden_size = 512, embedding_size = 128, inner_size = 128',
      'layers = 3, hidden_size = 16, embedding_size = 4, inner_size = 8',
    ],
    ['heads = 4', 'heads = 2'],
    ['intermediate_size = 512', 'intermediate_size = 12'],
    ['inner_size = 1024, intermediate_size = 4096', 'inner_size = 24, intermediate_size = 32'],
  ],
}

function reducedLibrary(path: string): string | undefined {
  const changes = reduced[path]
  if (!changes) return filesOnDisk.text(path)
  return changes.reduce(
    (text, [from, to]) => {
      expect(text.split(from), `${from} in ${path}`).toHaveLength(2)
      return text.replace(from, to)
    },
    readFileSync(join(root, path), 'utf8'),
  )
}

/** Two micro-batches of two examples where the spec has micro-batches, else a batch of four. */
const small = (stage: Stage): Stage => ({
  ...stage,
  batch: 4,
  ...(stage.microbatch === undefined ? {} : { microbatch: 2 }),
})

/** What a head of that kind is scored by, of what a spec asks for. */
const scoredBy: { readonly [kind: string]: readonly string[] } = {
  classifier: ['accuracy', 'f1', 'matthews'],
  regressor: ['pearson', 'spearman'],
}

function programOf(file: string, task: string | undefined): Program {
  const folder = join(home, basename(file, '.distill'))
  const path = `${folder}.distill`
  copyFileSync(join(root, 'specs', file), path)
  const settings = task === undefined ? {} : { settings: { task } }
  const { program, diagnostics, sources } = checkFile(path, { reader: reducedLibrary, ...settings })
  if (!program) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
  writeDataOf(program, { vocabulary: 200, examples: 12, words: 40 })
  return { ...program, stages: program.stages.map(small) }
}

describe.each(shipped)('%s, task %s', (file, task) => {
  it('trains through all its stages', async () => {
    const program = programOf(file, task)
    const steps: StepDone[] = []
    const scores: Score[] = []
    const trainer = trainerOf(program, join(home, `${file}.${task ?? ''}.run`), {
      runner,
      maxSteps: 2,
      randomWeights: true,
      evaluationLimit: 1,
      verifyCheckpoints: true,
      observer: { step: (event) => steps.push(event), scored: ({ score }) => scores.push(score) },
    })
    const before = trainer.store.snapshot(trainer.store.keys())
    expect(program.stages.length).toBeGreaterThan(0)
    await expect(trainer.run()).resolves.toMatchObject({ kind: 'finished' })
    expect(steps.map(({ stage }) => stage)).toEqual(program.stages.flatMap(({ name }) => [name, name]))
    expect(steps.every(({ loss, norm }) => Number.isFinite(loss) && norm > 0)).toBe(true)
    const changed = trainer.store.keys().filter(
      (key) =>
        !trainer.store
          .get(key)
          .read()
          .every((value, i) => value === before.get(key)?.[i]),
    )
    const trained = new Set(program.stages.flatMap((stage) => stage.trained))
    expect(changed.filter((key) => !trained.has(key))).toEqual([])
    // a key's bias, which shifts all scores of a query alike, may have a gradient of exactly 0; what only scores read has one far below LAMB's epsilon at this size
    const still = /key\.bias$|bottleneck\.shared\.norm\.scale$/
    expect([...trained].filter((key) => !changed.includes(key) && !still.test(key))).toEqual([])
    const kinds = [...program.instances.values()].flatMap(({ heads }) =>
      [...heads.values()].map(({ kind }) => kind),
    )
    const known = kinds.flatMap((kind) => scoredBy[kind] ?? [])
    const asked = program.stages.flatMap(({ evaluate }) => evaluate.map(({ metric }) => metric))
    const given = known.length === 0 ? asked : asked.filter((metric) => known.includes(metric))
    expect(scores.flatMap(({ values }) => [...values.keys()]).sort()).toEqual(given.sort())
  }, 120_000)
})
