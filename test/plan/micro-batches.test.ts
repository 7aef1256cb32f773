/** Into how many parts a batch is cut, and for which stages. */
import { describe, expect, it } from 'vitest'
import type { Stage } from '../../src/check/program.ts'
import { examplesAtOnce } from '../../src/graph/examples-at-once.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { StageOptions } from '../../src/lower/stage-options.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { cachedParts } from '../../src/optimize/pass.ts'
import { programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const asFast: StageOptions = { hoist: true, capabilities: new Set([cachedParts]) }

function stageOf(spec: string, name: string) {
  const program = programOf({ path: `${root}${spec}` })
  const stage = program.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(`no stage ${name}`)
  const tokens = (options: StageOptions, change: Partial<Stage> = {}) =>
    compileStage(program, { ...stage, ...change }, options).tokensAtOnce
  return { program, stage, tokens }
}

describe('examples at once', () => {
  it.each([
    [32, 128, undefined, 32],
    [32, 128, 1024, 8],
    // as even as can be: 8, 8, 8, 6
    [30, 128, 1024, 8],
    [16, 512, 1024, 2],
    // less than half a part more is no part
    [32, 47, 1024, 32],
    [32, 48, 1024, 16],
    [32, 12, 1024, 32],
    // an example is not cut
    [3, 4096, 1024, 1],
    [1, 20, 1024, 1],
  ])('of %i x %i, %s tokens: %i', (B, L, tokens, expected) => {
    expect(examplesAtOnce({ B, L }, tokens)).toBe(expected)
  })
})

describe('a batch is computed in parts', () => {
  it('where little is trained beside what is computed: with the teacher in every step, not with its records', () => {
    const { tokens } = stageOf('specs/tinybert-4.distill', 'general')
    expect(tokens(asFast)).toEqual({ withFrozen: 1024 })
    expect(tokens({ ...asFast, passes: { disabled: new Set(['hoist-frozen']) } })).toEqual({
      step: 1024,
      withFrozen: 1024,
    })
  })

  it('not where each part would have to go through as many weights', () => {
    expect(stageOf('specs/albert-base-e128-all.distill', 'pretrain').tokens(asFast)).toBeUndefined()
    const { tokens } = stageOf('specs/distilbert.distill', 'pretrain')
    expect(tokens(asFast, { normalise: 'batch' })).toBeUndefined()
  })

  it('only by a backend that is as fast on them, for a run over data, and as the passes may', () => {
    const { tokens } = stageOf('specs/mobilebert.distill', 'distil')
    expect(tokens(asFast)).toEqual({ step: 1024, withFrozen: 1024 })
    expect(tokens({ hoist: true })).toBeUndefined()
    expect(tokens({ capabilities: new Set([cachedParts]) })).toBeUndefined()
    expect(tokens({ ...asFast, passes: 'none' })).toBeUndefined()
  })

  it('only where the sum over parts is the whole', () => {
    const { tokens } = stageOf('specs/mobilebert.distill', 'distil')
    expect(tokens(asFast, { additive: false })).toBeUndefined()
    expect(tokens(asFast, { normalise: 'microbatch' })).toBeUndefined()
  })

  it('whose sizes costs are told for', () => {
    const { program, stage } = stageOf('specs/mobilebert.distill', 'distil')
    expect(stageSizes(program, stage)).toMatchObject({ B: 16, L: 512 })
    expect(stageSizes(program, stage, {}, 1024)).toMatchObject({ B: 2, L: 512, R: 1024 })
    expect(stageSizes(program, stage, { B: 5 }, 1024)).toMatchObject({ B: 5, L: 512 })
  })
})

it('a loss that compares examples is not the sum of those of its parts', () => {
  const additive = (loss: string): boolean | undefined =>
    programOf({
      text: `
import { bert_base } from "std/bert.distill"
import { rkd_distance } from "std/losses.distill"
model small = bert_base with { vocabulary = 96, positions = 16, layers = 1, hidden_size = 16, heads = 2 }
teacher T : small {}
student S : small {}
stage s { minimize ${loss}, batch = 4 }`,
    }).stages[0]?.additive
  expect(additive('mse(S.hidden[1], T.hidden[1])')).toBe(true)
  expect(additive('mse(S.hidden[1], T.hidden[1])^2')).toBe(false)
  expect(additive('rkd_distance(S.pooler, T.pooler)')).toBe(false)
})
