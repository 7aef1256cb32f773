/**
 * Losses that nobody has published, written here in the language only, through whole models that the compiler has never seen: the gradient of every trained
 * parameter against central differences, in float64, with padding, dropout on, shared layers, a factorized matrix, a tied decoder and a projection.
 */
import { describe, expect, test } from 'vitest'
import { checkFile } from '../../src/check/check.ts'
import { differentiate, gradientName } from '../../src/differentiate/differentiate.ts'
import type { Graph, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { dot, evaluated, output, slope } from '../ops/trial.ts'
import { type Generator, generate, stream, value } from '../ops/typed.ts'

const path = new URL('own.distill', import.meta.url).pathname
const { program, diagnostics } = checkFile(path)
const stage = program?.stages[0]
if (program === undefined || stage === undefined) {
  throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'))
}
const compiled = compileStage(program, stage)
const uniform = stream(3)

/** The batch: a text of three tokens and one of two, one masked token in each. */
const batch = new Map<string, ReferenceValue>([
  ['tokens', value([2, 3], 4, 8, 1, 5, 2, 0)],
  ['segments', value([2, 3], 0, 0, 0, 0, 0, 0)],
  ['places', value([3], 0, 1, 2)],
  ['attended', value([2, 3], 1, 1, 1, 1, 1, 0)],
  ['masked', value([2, 3], 0, 1, 0, 1, 0, 0)],
  ['sample', value([2], 12, 40)],
])
for (const [name, count] of evaluated(compiled.counts, batch)) {
  batch.set(name.replace('count', 'normaliser'), value([], 1 / (count.data[0] ?? 0)))
}
const small: Generator = (uniform) => 1.4 * uniform() - 0.7
function parameters(graph: Graph): void {
  for (const node of graph.nodes) {
    const { name } = node.attributes
    if (node.op === 'parameter' && typeof name === 'string')
      batch.set(name, generate(node.type, small, uniform))
  }
}
parameters(compiled.forward)

describe('the spec', () => {
  test('is fine, and every parameter of the student and of the projection has a gradient', () => {
    expect(diagnostics).toEqual([])
    verify(compiled.step, ops)
    expect(stage.unreached).toEqual([])
    expect(stage.trained.filter((name) => !compiled.step.outputs.has(gradientName(name)))).toEqual([])
    expect(stage.trained).toEqual(
      expect.arrayContaining([
        'W.weight',
        'S.layer[2].up.left',
        'S.layer[2].up.right',
        'S.embedding.word.weight',
      ]),
    )
    expect(stage.trained.filter((name) => name.includes('layer[3]'))).toEqual([])
    expect(stage.trained.filter((name) => name.startsWith('T.'))).toEqual([])
  })

  test('has losses of ordinary size, none of them 0', () => {
    for (const [name, { data }] of evaluated(compiled.forward, batch)) {
      expect([name, Number.isFinite(data[0]), Math.abs(data[0] ?? 0) > 1e-3]).toEqual([name, true, true])
    }
  })
})

const terms = [...compiled.forward.outputs.keys()]

describe.each(terms)('%s', (term) => {
  const whole = differentiate(compiled.forward, term, stage.trained, ops)
  const f = (values: ReadonlyMap<string, ReferenceValue>) =>
    output(compiled.forward, values, term).data[0] ?? Number.NaN

  test('has the gradient of central differences in every parameter', () => {
    const reached = stage.trained.filter((name) => whole.outputs.has(gradientName(name)))
    expect(reached.length).toBeGreaterThan(1)
    const gradients = evaluated(whole, batch)
    for (const name of reached) {
      const gradient = gradients.get(gradientName(name))?.data ?? new Float64Array(0)
      const along = Float64Array.from(gradient, () => uniform() - 0.5)
      // row 0 is padding: its lookup passes no gradient, though its value counts
      if (name === 'S.embedding.word.weight') along.fill(0, 0, 6)
      const expected = slope(f, batch, name, along)
      expect([name, Math.abs(dot(gradient, along) - expected) < 1e-6 * (1 + Math.abs(expected))]).toEqual([
        name,
        true,
      ])
    }
  })
})
