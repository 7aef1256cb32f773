import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { runSteps } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

/** Recipes beyond the shipped ones: they check, lower, and every stage takes two steps that change what it trains, and nothing else. */
const folder = new URL('.', import.meta.url).pathname
const recipes = readdirSync(folder).filter((file) => file.endsWith('.distill'))
const stages = recipes.flatMap((file) =>
  programOf({ path: folder + file }).stages.map((stage) => [file, stage.name] as const),
)

describe.each(stages)('%s, stage %s', (file, name) => {
  it('takes two steps', async () => {
    const program = programOf({ path: folder + file })
    const stage = program.stages.find((s) => s.name === name)
    if (!stage) throw new Error(name)
    const prepared = prepare(program, stage, await createRunner('cpu'))
    const before = prepared.store.snapshot(prepared.store.keys())
    const batch = batchOf([9, 6, 11, 4], { vocabulary: 120, classes: program.data.size > 0 ? 2 : 3 })
    const batches = stage.microbatch ? splitMicrobatches(batch, stage.microbatch) : [batch]
    const { trajectory, gradients } = runSteps(prepared, batches, 2)
    expect(trajectory).toHaveLength(2)
    expect(trajectory.every(Number.isFinite)).toBe(true)
    expect([...gradients.keys()].sort()).toEqual([...stage.trained].sort())
    const changed = prepared.store.keys().filter((key) => {
      const now = prepared.store.get(key).data
      return before.get(key)?.some((value, i) => value !== now[i])
    })
    // A key's bias, which shifts all scores of a query alike, may have a gradient of exactly 0; all else moves.
    const still = stage.trained.filter((key) => !changed.includes(key) && !key.endsWith('key.bias'))
    expect(still).toEqual([])
    expect(changed.filter((key) => !stage.trained.includes(key))).toEqual([])
  })
})
