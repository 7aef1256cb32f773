/** What fuse-bias-activation and fuse-residual-layer-norm make of whole steps: on each backend the same losses and gradients, to the bit where its kernels allow it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fusedOps } from '../../src/graph/ops/fused.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { fuseBiasActivation } from '../../src/optimize/passes/fuse-bias-activation.ts'
import { fuseResidualLayerNorm } from '../../src/optimize/passes/fuse-residual-layer-norm.ts'
import type { Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { describeBackends } from '../run/backends.ts'

const here = new URL('.', import.meta.url).pathname
const passes = [fuseBiasActivation, fuseResidualLayerNorm]
const every: ReadonlySet<string> = new Set(fusedOps)

/** A student of two layers and a frozen teacher of one. */
const distilled = (activation: string) =>
  `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data d { train = "none.tsv", text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = "none", max_length = 16 }
model small = bert_base with { vocabulary = 30, positions = 16, layers = 2, hidden_size = 36, heads = 2, intermediate_size = 44, activation = ${activation} }
model smaller = small with { layers = 1 }
teacher T : smaller { heads { task = classifier(d.label, before = relu) } }
student S : small { heads { task = classifier(d.label, before = relu) } }
stage plain {
  minimize soft_cross_entropy(S.task.logits, T.task.logits) + mse(S.hidden[2], T.hidden[1])
  data = d, budget = 1 epochs, batch = 4
  optimizer = adamw(rate = constant(5e-5))
}
`.replace(
    'import { classifier',
    'import { soft_cross_entropy } from "std/losses.distill"\nimport { classifier',
  )

const apart = (count: number) =>
  `${count} activations not fused: gradients or other operations read their inputs`
const ofTheTeacher = 'fused with layer norms: 3 sums, 5 gradients, 5 gradients of scales'
const specs = [
  [
    'gelu',
    programOf({ text: distilled('gelu') }),
    [['fused with their products: 1 activation and 2 gradients', apart(2)], [ofTheTeacher]],
  ],
  [
    'gelu_tanh',
    programOf({ text: distilled('gelu_tanh') }),
    [['fused with their products: 1 activation and 2 gradients', apart(2)], [ofTheTeacher]],
  ],
  [
    'relu',
    programOf({ text: distilled('relu') }),
    [['fused with their products: 1 activation', apart(2)], [ofTheTeacher]],
  ],
  [
    'layer norm first',
    programOf({ path: `${here}../recipes/preln.distill` }),
    [
      ['fused with their products: 8 activations and 4 gradients', apart(4)],
      ['fused with layer norms: 7 gradients, 7 gradients of scales'],
    ],
  ],
] as const

/** Where a fused kernel adds in the order of those that it stands for. */
const exact: ReadonlySet<string> = new Set(['cpu', 'wasm'])

type Evaluated = ReturnType<typeof evaluateBatch> | undefined

/** The largest distance of two losses, or of two gradients of a weight, as a share of its norm; a key's bias has a gradient of rounding alone. */
function distance(a: Evaluated, b: Evaluated): number {
  const [total, other] = [a?.total ?? Number.NaN, b?.total ?? Number.NaN]
  expect(a?.gradients.size).toBe(b?.gradients.size)
  const distances = [...(a?.gradients ?? [])]
    .filter(([key]) => !key.endsWith('key.bias'))
    .map(([key, one]) => {
      const other = b?.gradients.get(key)
      return Math.hypot(...one.map((x, i) => x - (other?.[i] ?? Number.NaN))) / Math.hypot(...one)
    })
  return Math.max(Math.abs(total - other) / Math.abs(total), ...distances)
}

describe.each(specs)('%s', (name, program, expected) => {
  const [stage] = program.stages
  if (stage === undefined) throw new Error('no stage')
  const compiled = (disabled: ReadonlySet<string>) =>
    compileStage(program, stage, { capabilities: every, passes: { disabled } })
  const [fused, plain] = [compiled(new Set()), compiled(new Set(passes.map((pass) => pass.name)))]

  it('both passes find something, and say what', () => {
    const notes = passes.map((pass) => fused.applied.find((one) => one.name === pass.name)?.notes)
    expect(notes).toEqual(expected)
  })

  describeBackends('on %s', (open) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await open()
    })
    afterAll(() => runner.dispose())

    it('the same, to the bit where kernels are ours alone', () => {
      const prepared = prepare(program, stage, runner)
      const batch = batchOf([5, 9, 3, 7], { vocabulary: 30, classes: 2 })
      const random = { seed: 0, stage: stage.name, step: 3 }
      const moment = { progress: 0.5, step: 3, epoch: 0 }
      const [a, b] = [fused, plain].map((graphs) =>
        evaluateBatch({ ...prepared, graphs }, [batch], random, moment),
      )
      expect(Number.isFinite(a?.total), name).toBe(true)
      if (exact.has(runner.name)) expect(a).toEqual(b)
      else expect(distance(a, b)).toBeLessThan(1e-6)
    })
  })
})
