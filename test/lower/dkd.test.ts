import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { describeBackends } from '../run/backends.ts'
import { prepare, programOf } from './spec-run.ts'

/**
 * Decoupled distillation (Zhao et al. 2022), written in the language with `one_hot(batch.label)`, against the values and gradients of its published code. Logits are rows of
 * a table, looked up by the number of the example.
 */
const folder = 'test/fixtures/reference/loss_dkd'
interface Variant {
  readonly params: { readonly alpha: number; readonly beta: number; readonly temperature: number }
  readonly value: number
}
const { variants }: { variants: Record<string, Variant> } = JSON.parse(
  readFileSync(`${folder}/expected.json`, 'utf8'),
)
const tensors = readSafetensors(`${folder}/tensors.safetensors`)
const [examples, classes] = [5, 6]

const spec = ({ alpha, beta, temperature }: Variant['params']) => `
model table { row = lookup(tokens, ${examples}, ${classes}), logits = linear(row.first, ${classes}, axis = class, bias = none) }
teacher T : table {}
student S : table {}

def of_label(p, y)  = sum(p * one_hot(y), over = class)
def of_others(p, y) = sum(p * (1 - one_hot(y)), over = class)
def part(t, s)      = t * (log(t) - log(s))
def target(s, t, y) = mean(part(of_label(softmax(t), y), of_label(softmax(s), y)) + part(of_others(softmax(t), y), of_others(softmax(s), y)))
def without(x, y)   = x - 1000 * one_hot(y)
def others(s, t, y) = kl(without(s, y), without(t, y))
def dkd(s, t, y, alpha, beta, T) = T^2 * (alpha * target(s / T, t / T, y) + beta * others(s / T, t / T, y))

stage s { minimize dkd(S.logits, T.logits, batch.label, ${alpha}, ${beta}, ${temperature}) }`

function values(name: string): Float32Array {
  const found = tensors.get(name)
  if (!found) throw new Error(`no tensor ${name}`)
  return Float32Array.from(found.data, Number)
}

describeBackends(
  'on %s',
  (open) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await open()
    })
    afterAll(() => runner.dispose())

    it.each(Object.entries(variants))(
      '%s has the published value and gradient',
      (name, { params, value }) => {
        const program = programOf({ text: spec(params) })
        const [stage] = program.stages
        if (!stage) throw new Error('no stage')
        const prepared = prepare(program, stage, runner)
        const identity = Float32Array.from({ length: classes ** 2 }, (_, i) =>
          i % (classes + 1) === 0 ? 1 : 0,
        )
        for (const [owner, source] of [
          ['S', 'student'],
          ['T', 'teacher'],
        ] as const) {
          prepared.store.assign(`${owner}.row.weight`, values(`${name}.${source}`))
          prepared.store.assign(`${owner}.logits.weight`, identity.slice())
        }
        const i32 = (shape: readonly number[], data: Iterable<number>): HostTensor => ({
          dtype: 'i32',
          shape,
          data: Int32Array.from(data),
        })
        const inputs = new Map<string, HostTensor>([
          ['tokens', i32([examples, 1], [0, 1, 2, 3, 4])],
          ['places', i32([1], [0])],
          ['attended', { dtype: 'bool', shape: [examples, 1], data: new Uint8Array(examples).fill(1) }],
          ['batch.label', i32([examples], values(`${name}.target`))],
        ])
        const batch = { B: examples, L: 1, inputs, liveTokens: examples, examples: [] }
        const moment = { progress: 0, step: 1, epoch: 0 }
        const { total, gradients } = evaluateBatch(
          prepared,
          [batch],
          { seed: 0, stage: 's', step: 1 },
          moment,
        )
        expect(Math.abs(total - value)).toBeLessThanOrEqual(1e-6 + 2e-5 * Math.abs(value))
        const wanted = values(`${name}.grad_student`)
        const found = gradients.get('S.row.weight') ?? new Float32Array()
        const apart = Math.hypot(...wanted.map((x, i) => x - (found[i] ?? Number.NaN)))
        expect(apart).toBeLessThanOrEqual(1e-4 * Math.hypot(...wanted))
      },
    )
  },
  ['reference'],
)
