/**
 * What each pass that fuses operations may change of a step's numbers, backend by backend: nothing, to the bit, where the table of docs/optimizations.md says so; elsewhere the last digits of float32.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { divergenceOps, fusedOps } from '../../src/graph/ops/fused.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { byteMasks } from '../../src/optimize/pass.ts'
import type { Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { describeBackends } from '../run/backends.ts'

const passes = [
  'fuse-softmax-mask-dropout',
  'fuse-divergence',
  'fuse-bias-activation',
  'fuse-residual-layer-norm',
  'narrow-dropout-masks',
]
const manual = readFileSync(new URL('../../docs/optimizations.md', import.meta.url), 'utf8')
/** The backends on which a pass changes no bit, as its row in the manual names them: "equal to the bit on `reference` and `wasm`". */
const exact = new Map(
  passes.map((pass) => {
    const row = manual.split('\n').find((line) => line.startsWith(`| \`${pass}\` |`)) ?? ''
    const [, named = ''] = /[Ee]qual to the bit on ((?:`\w+`(?:, | and )?)+)/.exec(row) ?? []
    return [pass, [...named.matchAll(/\w+(?=`)/g)].map(([name]) => name)]
  }),
)
/** Elsewhere, as shares of a loss, and of the norm of a weight's gradient. */
const rounding = 1e-6

it('the manual says of most passes where they change no bit', () => {
  expect([...exact.values()].filter((names) => names.includes('reference')).length).toBe(4)
})

const program = programOf({
  text: `
import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
import { soften } from "std/losses.distill"
model small = bert_base with { vocabulary = 300, positions = 48, layers = 2, hidden_size = 36, heads = 2, intermediate_size = 44 }
model smaller = small with { layers = 1 }
teacher T : smaller { heads { task = classifier(2, before = relu), mlm = masked_lm() } }
student S : small { heads { task = classifier(2, before = relu), mlm = masked_lm() } }
stage s { minimize soften(S.mlm.logits, T.mlm.logits, temperature = 2) + soften(S.task.logits, T.task.logits, temperature = 2) + mse(S.hidden[2], T.hidden[1]) }`,
})
const [stage] = program.stages
if (stage === undefined) throw new Error('no stage')
const batch = batchOf([5, 40, 3, 37, 21, 33], { vocabulary: 300, classes: 2 })

function evaluate(runner: Runner, without: readonly string[]) {
  if (stage === undefined) throw new Error('no stage')
  const capabilities =
    runner.name === 'reference' ? new Set([...fusedOps, ...divergenceOps, byteMasks]) : runner.capabilities
  const graphs = compileStage(program, stage, {
    ...(capabilities ? { capabilities } : {}),
    passes: { disabled: new Set(without) },
  })
  const random = { seed: 0, stage: 's', step: 3 }
  const prepared = { ...prepare(program, stage, runner, 0.3), graphs }
  const result = evaluateBatch(prepared, [batch], random, { progress: 0.5, step: 3, epoch: 0 })
  return { result, applied: graphs.applied }
}

describeBackends(
  'on %s',
  (open, name) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await open()
    })
    afterAll(() => runner.dispose())

    it.each(passes)('%s', (pass) => {
      const [fused, plain] = [evaluate(runner, []), evaluate(runner, [pass])]
      const acts = fused.applied.find((one) => one.name === pass)?.changed
      if (name === 'reference') expect(acts).toBe(true)
      if (exact.get(pass)?.includes(name)) expect(fused.result).toEqual(plain.result)
      else expect(apart(fused.result, plain.result)).toBeLessThan(rounding)
    })
  },
  ['reference'],
)

type Evaluated = ReturnType<typeof evaluateBatch>

/** The largest distance, without keys' biases: their gradients are rounding alone. */
function apart(a: Evaluated, b: Evaluated): number {
  const shares = [...a.gradients]
    .filter(([key]) => !key.endsWith('key.bias'))
    .map(([key, one]) => {
      const other = b.gradients.get(key)
      return Math.hypot(...one.map((x, i) => x - (other?.[i] ?? Number.NaN))) / Math.hypot(...one)
    })
  return Math.max(Math.abs(a.total - b.total) / Math.abs(b.total), ...shares)
}
