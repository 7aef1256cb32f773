/** Training steps of models in low precision: losses, gradients and weights on the fast backends against the reference, which rounds operands and computes in float64. */
import { describe, expect, it } from 'vitest'
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import type { Precision } from '../../src/graph/precision.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { runSteps } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { computesIn } from './processor.ts'

const spec = programOf({ path: new URL('../lower/precision.distill', import.meta.url).pathname })

function inPrecision(teacher: Precision, student: Precision): Program {
  const instances = [...spec.instances].map(
    ([name, one]) => [name, { ...one, precision: one.role === 'teacher' ? teacher : student }] as const,
  )
  return { ...spec, instances: new Map(instances) }
}

const batch = batchOf([6, 3, 5, 1], { vocabulary: 50, classes: 3 })

async function steps(backend: BackendName, teacher: Precision, student: Precision) {
  const runner = await createRunner(backend)
  const program = inPrecision(teacher, student)
  const [stage] = program.stages
  if (stage === undefined) throw new Error('a spec without a stage')
  const prepared = prepare(program, stage, runner, 0.2)
  const { capabilities = new Set<string>() } = runner
  const graphs = compileStage(program, stage, { dropout: false, capabilities })
  const result = runSteps({ ...prepared, graphs }, [batch], 4)
  runner.dispose()
  expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  return result
}

function distance(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let [difference, norm] = [0, 0]
  for (const [name, values] of b) {
    values.forEach((value, i) => {
      difference += ((a.get(name)?.[i] ?? Number.NaN) - value) ** 2
      norm += value ** 2
    })
  }
  return Math.sqrt(difference / norm)
}

const cases = [
  ['onnxruntime', 'int8', 'float32'],
  ['native', 'int8', 'float32'],
  ['native', 'float32', 'bf16'],
  ['native', 'int8', 'bf16'],
  ['native', 'bf16', 'bf16'],
] as const
const here = await Promise.all(
  cases.map(async ([backend, ...precisions]) => {
    const found = await Promise.all(precisions.map((precision) => computesIn(backend, precision)))
    return found.every(Boolean)
  }),
)

describe.each(cases)('%s, teacher in %s and student in %s', (...one) => {
  const [backend, teacher, student] = one
  const itHere = it.skipIf(!here[cases.findIndex((known) => known.join() === one.join())])

  itHere('trains as the reference does in these precisions', async () => {
    const wanted = await steps('reference', teacher, student)
    const got = await steps(backend, teacher, student)
    // an operand near the middle of two values may be rounded the other way: more than float32's own error, less than that of the precision
    expect(Math.abs(got.total / wanted.total - 1)).toBeLessThan(1e-3)
    expect(distance(got.gradients, wanted.gradients)).toBeLessThan(3e-3)
    got.trajectory.forEach((loss, step) => {
      expect(Math.abs(loss / (wanted.trajectory[step] ?? Number.NaN) - 1)).toBeLessThan(3e-3)
    })
  })

  itHere('and not as it does in float32, yet near it', async () => {
    const exact = await steps('reference', 'float32', 'float32')
    const low = await steps(backend, teacher, student)
    const off = distance(low.gradients, exact.gradients)
    expect(off).toBeGreaterThan(1e-5)
    expect(off).toBeLessThan(0.1)
    expect(low.trajectory.at(-1)).toBeLessThan(low.trajectory[0] ?? 0)
  })
})
