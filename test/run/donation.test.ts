/** donate-buffers in the executor: written over an input that dies, every op gives the same bits as in memory of its own, on every backend. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Graph } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { planStep } from '../../src/plan/plan.ts'
import { overwritable } from '../../src/plan/sharing.ts'
import type { Runner } from '../../src/run/runner.ts'
import type { OpCase } from '../ops/cases/case.ts'
import { cases } from '../ops/cases/index.ts'
import { trial } from '../ops/trial.ts'
import { sizes } from '../ops/typed.ts'
import { describeBackends } from './backends.ts'
import { requestOf } from './compare.ts'
import { wideCases } from './wide-cases.ts'

interface Donation {
  readonly title: string
  readonly op: string
  readonly index: number
  readonly graph: Graph
  readonly request: ReturnType<typeof requestOf>
}

/** The op with input `index` computed right before it, so that nothing else reads it; undefined where the result cannot be written over it. */
function donation(op: string, one: OpCase, index: number): Donation | undefined {
  const { builder, leaves, node, values } = trial(op, one)
  const leaf = leaves[index]
  if (leaf?.type.dtype !== 'f32') return undefined
  const dying = builder.add('multiply', [leaf, builder.constant(2)])
  const inputs = leaves.map((other, i) => (i === index ? dying : other))
  const result = builder.add(op, inputs, node.attributes)
  if (!overwritable(result).includes(index)) return undefined
  const graph = builder.finish('case', new Map([['result', result]]))
  const request = requestOf(graph, values, sizes)
  return { title: `${op} over input ${index}, ${one.title}`, op, index, graph, request }
}

const donations = Object.keys(ops).flatMap((op) =>
  [...(cases[op] ?? []), ...(wideCases[op] ?? [])].flatMap((one) =>
    one.inputs.flatMap((_, index) => donation(op, one, index) ?? []),
  ),
)

it('covers the ops that matter, each over each input', () => {
  const found = new Set(donations.map(({ op, index }) => `${op} ${index}`))
  for (const wanted of [
    'multiply 0',
    'add 1',
    'gelu_gradient 0',
    'gelu_gradient 1',
    'select 1',
    'select 2',
    'softmax 0',
    'scaled_softmax 0',
    'softmax_gradient 0',
    'softmax_gradient 1',
    'scaled_softmax_gradient 0',
    'scaled_softmax_gradient 1',
    'scaled_softmax_gradient 2',
    'dropout 0',
    'dropout_softmax_gradient 0',
    'dropout_softmax_gradient 1',
    'log_softmax 0',
    'log_softmax_gradient 0',
    'log_softmax_gradient 1',
    'cross_entropy_labels_gradient 0',
    'kl_gradient 0',
    'kl_gradient 1',
    'kl_gradient 3',
    'standardize 0',
    'layer_norm 0',
    'standardize_gradient 0',
    'standardize_gradient 1',
  ])
    expect(found, wanted).toContain(wanted)
})

describeBackends('on %s', (open) => {
  let runner: Runner
  beforeAll(async () => {
    runner = await open()
  })
  afterAll(() => {
    runner.dispose()
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it.each(donations)('$title', ({ graph, index, request }) => {
    const donating = { ...graph, donates: true }
    expect(planStep(donating, sizes).over.at(-1)).toBe(index)
    expect(planStep(graph, sizes).over.at(-1)).toBe(undefined)
    const [own, over] = [runner.run(graph, request), runner.run(donating, request)]
    expect(over.get('result')).toEqual(own.get('result'))
  })
})
