/** What is refused before a run: a precision that a backend lacks, and a processor whose products in int8 are not exact. */
import { describe, expect, it } from 'vitest'
import { thisToolchain } from '../../src/backends/compiled/compiler.ts'
import { createRunner } from '../../src/backends/index.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import type { Program } from '../../src/check/program.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { lowPrecisions, productsIn } from '../../src/graph/precision.ts'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { requirePrecisions } from '../../src/train/precision.ts'

const { program: checked } = checkFile(new URL('../lower/precision.distill', import.meta.url).pathname)
function program(): Program {
  if (checked === undefined) throw new Error('the spec is wrong')
  return checked
}
const having = async (precision: string): Promise<string[]> =>
  precision === 'int8' ? ['onnxruntime', 'native'] : []

async function problem(runner: Runner) {
  try {
    await requirePrecisions(program(), program().stages, runner, having)
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0]
    throw error
  }
  return undefined
}

/** A runner whose products in int8 give `result` everywhere. */
function runnerThatGives(result: number): Runner {
  const data = new Float32Array(64 * 64).fill(result)
  const product: HostTensor = { dtype: 'f32', shape: [64, 64], data }
  return {
    name: 'old',
    capabilities: new Set(lowPrecisions.map(productsIn)),
    run: () => new Map([['product', product]]),
    inspect: () => {},
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose: () => {},
  }
}

describe('before a run', () => {
  it('E1006: a backend that lacks the precision, with those that have it', async () => {
    const runner = await createRunner('cpu')
    expect(await problem(runner)).toMatchObject({
      code: 'E1006',
      message: '`T` is in int8, which backend cpu does not have',
      help: '--backend onnxruntime or native has it; precision = auto takes what the backend has',
    })
    runner.dispose()
  })

  it('E1006: a backend that has it on other machines, with the command that would give it here', async () => {
    const runner: Runner = await nativeRunner({ toolchain: { ...thisToolchain(), compiler: 'none' } })
    expect(await problem(runner)).toMatchObject({
      code: 'E1006',
      message: '`T` is in int8, which backend native on this machine does not have',
      help: expect.stringMatching(
        /^native has it after: \S.*; --backend onnxruntime has it; precision = auto takes what the backend has$/,
      ),
    })
    expect(runner.attainable?.get(productsIn('int8'))).toBe(runner.remedy)
    runner.dispose()
  })

  it('E1007: sums of two bytes that were cut off at 16 bits', async () => {
    // 255 * 127 twice is 64770, of which 32767 is left
    expect(await problem(runnerThatGives((64 * 32767) / 64770))).toMatchObject({
      code: 'E1007',
      message: '`T` is in int8, but products in int8 of backend old are off by 49% on this processor',
      help: expect.stringMatching(/say precision = float32 or precision = bf16 or precision = auto$/),
    })
    expect((await problem(runnerThatGives(Number.NaN)))?.message).toMatch(/off by more than can be said/)
  })

  it('nothing where all is there', async () => {
    expect(await problem(runnerThatGives(64))).toBeUndefined()
    expect(await problem(await createRunner('reference'))).toBeUndefined()
  })

  it('onnxruntime lacks bf16, which is said of the student', async () => {
    const runner = await createRunner('onnxruntime')
    expect(await problem(runner)).toMatchObject({
      code: 'E1006',
      message: '`S` is in bf16, which backend onnxruntime does not have',
      help: 'precision = auto takes what the backend has',
    })
    // the trial of the teacher's int8 left nothing behind
    expect(runner.memory().bytes).toBeLessThan(1e5)
    runner.dispose()
  })
})
