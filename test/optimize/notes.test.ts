/** What passes say for `distill explain`, on every stage of every spec: with a backend that has all fused ops, and with one that has none. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fusedOps } from '../../src/graph/ops/fused.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { AppliedPass } from '../../src/lower/stage-options.ts'
import { byteMasks, longestNote, weightUpdate } from '../../src/optimize/pass.ts'
import { programOf, sampledStages } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const specs = ['specs', 'test/reference', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

describe.each(specs)('%s', (spec) => {
  const program = programOf({ path: join(root, spec) })
  const applied: readonly AppliedPass[] = sampledStages(program).flatMap((stage) =>
    [new Set([...fusedOps, byteMasks, weightUpdate]), new Set<string>()].flatMap(
      (capabilities) => compileStage(program, stage, { capabilities, hoist: true }).applied,
    ),
  )

  it('a pass that changes something says what', () => {
    const silent = applied.filter(({ changed, notes }) => changed && notes.length === 0)
    expect(silent.map(({ name }) => name)).toEqual([])
  })

  it('notes are worded as PassContext asks', () => {
    for (const { name, notes } of applied) {
      expect(new Set(notes).size, name).toBe(notes.length)
      for (const note of notes) {
        expect(note.length, note).toBeLessThanOrEqual(longestNote)
        expect(note).toMatch(/^[^\n]*[^.\s]$/)
        const [word = ''] = /^[\w']*/.exec(note) ?? []
        // lower case, but for a name that a spec gives: `T.pooler`
        expect(/^[a-z\d]/.test(note) || program.instances.has(word), note).toBe(true)
        expect(note, 'the table has the name already').not.toContain(name)
      }
    }
  })
})

it('say why attention is not fused', () => {
  const program = programOf({ path: join(root, 'specs/tinybert-4.distill') })
  const notes = (stageName: string, capabilities: ReadonlySet<string>) => {
    const stage = program.stages.find(({ name }) => name === stageName)
    const { applied } = stage ? compileStage(program, stage, { capabilities }) : { applied: [] }
    return applied.find(({ name }) => name === 'fuse-softmax-mask-dropout')?.notes
  }
  const every = new Set<string>(fusedOps)
  expect(notes('intermediate', every)).toEqual([
    'scale, mask and softmax in one pass: 8 layers',
    '8 softmaxes kept: term attn reads the scores',
  ])
  expect(notes('prediction', every)).toEqual(['scale, mask and softmax in one pass: 16 layers, 4 gradients'])
  expect(notes('prediction', new Set())).toEqual(['16 softmaxes kept: the backend has no fused kernel'])
})
