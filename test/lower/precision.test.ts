/** From `precision = int8` in a spec to products of a graph, through differentiation and all passes. */
import { describe, expect, test } from 'vitest'
import { type AutomaticPrecision, lowPrecisionModels } from '../../src/check/model-precision.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { leafName } from '../../src/graph/leaf.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'

const path = new URL('precision.distill', import.meta.url).pathname
const { program, diagnostics } = checkFile(path)
const stage = program?.stages[0]
if (program === undefined || stage === undefined)
  throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'))

/** Numbers of products by the model whose weights they read and their precision; those without a weight count as `-`. */
function products(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const node of graph.nodes) {
    if (!/^(linear|contract)/.test(node.op)) continue
    const owner = node.inputs.flatMap((input) => leafName(input)?.split('.')[0] ?? [])[0] ?? '-'
    const key = `${owner} ${String(node.attributes.precision ?? 'float32')}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

describe('a teacher in int8 and a student in bf16', () => {
  const { written, step, forward } = compileStage(program, stage)
  test('have their products with weights in it, and so has the projection between them; no other product', () => {
    // T: 6 a layer, pooler and head; S: the same but for the factorized one, whose factors are put together in float32; W; attention: 2 a layer
    expect(products(written)).toEqual({
      'T int8': 14,
      'S bf16': 8,
      'W bf16': 1,
      '- float32': 6,
      'S float32': 1,
    })
  })
  test('through all passes: the two factors of a low-rank weight are then taken one after the other', () => {
    expect(products(forward)).toEqual({ 'T int8': 14, 'S bf16': 9, 'W bf16': 1, '- float32': 6 })
  })
  test('the gradient of the student is in bf16', () => {
    const counts = products(step)
    expect(counts['T int8']).toBe(14)
    const back = (counts['S bf16'] ?? 0) + (counts['- bf16'] ?? 0)
    expect(back).toBeGreaterThan(9)
    expect(counts['S float32']).toBeUndefined()
  })
  test.each([
    ['forward', forward],
    ['step', step],
  ])('the %s graph is sound, and reads back from its text', (_name, graph) => {
    verify(graph, ops)
    const text = printGraph(graph)
    expect(printGraph(parseGraph(text, ops))).toBe(text)
  })
  test('a projection is in float32 where a model is that the stage trains', () => {
    const instances = new Map(program.instances)
    const student = instances.get('S')
    if (student === undefined) throw new Error('there is no S')
    instances.set('S', { ...student, precision: 'float32' })
    const plain = compileStage({ ...program, instances }, stage)
    expect(products(plain.forward)['W float32']).toBe(1)
  })
  test('taps are in float32 unless a precision is asked for', () => {
    expect(Object.keys(products(compileTaps(program, 'T', ['hidden[2]'])))).toEqual([
      'T float32',
      '- float32',
    ])
    const low = compileTaps(program, 'T', ['hidden[2]'], { precision: 'int8' })
    expect(products(low)).toEqual({ 'T int8': 12, '- float32': 4 })
  })
})

describe('auto', () => {
  const automatic: AutomaticPrecision = { read: 'int8', trained: 'bf16' }
  const spec = (precision: string) =>
    checkFile('spec.distill', {
      reader: (file) =>
        file === 'spec.distill'
          ? `import { bert_base } from "std/bert.distill"
model m = bert_base with { layers = 1, hidden_size = 8, heads = 2, intermediate_size = 16, vocabulary = 9, positions = 4 }
student S : m { precision = ${precision} }
teacher A = S after one
student R : m { precision = ${precision} }
stage one { minimize mean(S.hidden[1] ^ 2), batch = 2, optimizer = adam(rate = 1e-3) }
stage two after one { minimize mse(R.hidden[1], A.hidden[1]), batch = 2, optimizer = adam(rate = 1e-3) }`
          : undefined,
    }).program
  test('is what pays for a model that a stage reads, and for one that it trains; a copy is as its original', () => {
    const checked = spec('auto')
    if (checked === undefined) throw new Error('the spec is wrong')
    const chosen = checked.stages.map((one) =>
      lowPrecisionModels(checked, one, automatic).map(
        ({ instance, precision }) => `${instance.name} ${precision}`,
      ),
    )
    expect(chosen).toEqual([['S bf16'], ['A int8', 'R bf16']])
  })
  test('is float32 where nothing was measured', () => {
    const checked = spec('auto')
    if (checked === undefined) throw new Error('the spec is wrong')
    expect(checked.stages.flatMap((one) => lowPrecisionModels(checked, one))).toEqual([])
  })
})
