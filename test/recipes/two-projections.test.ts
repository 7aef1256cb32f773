import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { runSteps } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

/** TinyBERT's two projections: each learns from its own loss, and both as the reference evaluator has it. */
const text = readFileSync(new URL('two-projections.distill', import.meta.url), 'utf8')

/** So many steps of the spec, or of one of its losses alone. */
async function steps(backend: 'reference' | 'wasm', count: number, loss?: string) {
  const all = 'embd + hidn + attn'
  expect(text).toContain(`minimize ${all}`)
  const program = programOf({ text: text.replace(all, loss ?? all) })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const runner = await createRunner(backend)
  const prepared = prepare(program, stage, runner, 0.2)
  const before = prepared.store.snapshot(prepared.store.keys())
  const result = runSteps(prepared, [batchOf([9, 6, 11, 4], { vocabulary: 120, classes: 2 })], count)
  const after = prepared.store.snapshot(prepared.store.keys())
  runner.dispose()
  return { ...result, before, after }
}

const norm = (x: Float32Array | undefined): number =>
  Math.sqrt((x ?? new Float32Array()).reduce((sum, v) => sum + v * v, 0))
const projections = ['W_e.weight', 'W_e.bias', 'W_h.weight', 'W_h.bias']

describe('a projection of the embedding and one of the hidden states', () => {
  it('are two sets of parameters, each trained', async () => {
    const { gradients, before, after } = await steps('reference', 2)
    for (const key of projections) {
      expect(norm(gradients.get(key))).toBeGreaterThan(0)
      expect(after.get(key)).not.toEqual(before.get(key))
    }
    expect(after.get('W_e.weight')).not.toEqual(after.get('W_h.weight'))
  })

  it('have no gradient of the loss of the other', async () => {
    for (const [loss, own, other] of [
      ['embd', 'W_e', 'W_h'],
      ['hidn', 'W_h', 'W_e'],
    ] as const) {
      const { gradients, before, after } = await steps('reference', 2, loss)
      expect(norm(gradients.get(`${own}.weight`))).toBeGreaterThan(0)
      expect(gradients.has(`${other}.weight`)).toBe(false)
      expect(after.get(`${other}.weight`)).toEqual(before.get(`${other}.weight`))
    }
  })

  it('have the losses, gradients and four steps of the reference evaluator', async () => {
    const [exact, own] = [await steps('reference', 4), await steps('wasm', 4)]
    expect([...exact.terms.keys()]).toEqual(['embd', 'hidn', 'attn'])
    for (const [name, value] of exact.terms)
      expect(Math.abs((own.terms.get(name) ?? Number.NaN) - value)).toBeLessThan(1e-5 * value)
    for (const key of projections) {
      const [a, b] = [norm(own.gradients.get(key)), norm(exact.gradients.get(key))]
      expect(Math.abs(a - b)).toBeLessThan(1e-4 * b)
    }
    exact.trajectory.forEach((value, i) => {
      expect(Math.abs((own.trajectory[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 * value)
    })
    expect(exact.trajectory.at(-1)).toBeLessThan(exact.trajectory[0] ?? 0)
  })
})
