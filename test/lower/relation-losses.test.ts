import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { describeBackends } from '../run/backends.ts'
import { batchOf, prepare, programOf } from './spec-run.ts'

/**
 * Losses that compare relations, between examples (RKD) and between tokens (MiniLM), against PyTorch: states of different sizes, through lookups
 * of tokens that are numbered 0, 1, 2 ...
 */
interface Expected {
  readonly lengths: readonly number[]
  readonly L: number
  readonly student: readonly number[]
  readonly teacher: readonly number[]
  readonly cases: Readonly<Record<string, { readonly value: number; readonly gradient: readonly number[] }>>
}
const expected: Expected = JSON.parse(readFileSync('test/fixtures/reference/relations/expected.json', 'utf8'))
const { lengths, L } = expected
const rows = lengths.length * L

const models = `
import { rkd_distance, rkd_angle, minilm_values, minilm_relation } from "std/losses.distill"
model narrow { state = lookup(tokens, ${rows}, 12), values = split(state, 2) }
model wide { state = lookup(tokens, ${rows}, 24), values = split(state, 2) }
teacher T : wide { }
student S : narrow { }
`
const losses: Readonly<Record<string, string>> = {
  rkd_distance: 'rkd_distance(S.state.first, T.state.first)',
  rkd_angle: 'rkd_angle(S.state.first, T.state.first)',
  minilm_values: 'minilm_values(S.values, T.values)',
  minilm_relation: 'minilm_relation(S.values, T.values, 6)',
}

function evaluated(loss: string, runner: Runner, states = expected.student) {
  const program = programOf({ text: `${models}stage s { minimize ${loss} }` })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, runner)
  prepared.store.assign('S.state.weight', Float32Array.from(states))
  prepared.store.assign('T.state.weight', Float32Array.from(expected.teacher))
  const batch = batchOf(lengths, { vocabulary: rows, classes: 2, L })
  const tokens: HostTensor = {
    dtype: 'i32',
    shape: [lengths.length, L],
    data: Int32Array.from({ length: rows }, (_, i) => i),
  }
  const numbered = { ...batch, inputs: new Map([...batch.inputs, ['tokens', tokens]]) }
  return evaluateBatch(
    prepared,
    [numbered],
    { seed: 0, stage: 's', step: 1 },
    { progress: 0, step: 1, epoch: 0 },
  )
}

describeBackends(
  'on %s',
  (open) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await open()
    })
    afterAll(() => runner.dispose())

    it.each(Object.entries(losses))('%s has the value and gradient of PyTorch', (name, loss) => {
      const { value, gradient } = expected.cases[name] ?? { value: Number.NaN, gradient: [] }
      const { total, gradients } = evaluated(loss, runner)
      expect(Math.abs(total - value)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(value))
      const found = gradients.get('S.state.weight') ?? new Float32Array()
      expect(found).toHaveLength(gradient.length)
      expect(Math.hypot(...gradient.map((x, i) => x - (found[i] ?? Number.NaN)))).toBeLessThanOrEqual(
        1e-4 * Math.hypot(...gradient),
      )
    })

    it.each(['rkd_distance', 'rkd_angle'])('%s of equal examples is a number, and pulls nowhere', (name) => {
      const same = expected.student.map((_, i) => expected.student[i % 12] ?? 0)
      const { total, gradients } = evaluated(losses[name] ?? '', runner, same)
      expect(total).toBeGreaterThan(0)
      expect(Math.hypot(...(gradients.get('S.state.weight') ?? [Number.NaN]))).toBe(0)
    })
  },
  ['reference'],
)
