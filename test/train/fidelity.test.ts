/** How faithful a model of low precision is: what is compared, how it is counted, what is told, and when a run is refused. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { ModelInstance } from '../../src/check/program.ts'
import type { Batch } from '../../src/data/dataset.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { concreteShape } from '../../src/graph/type.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { requireFidelity, stageFidelity, tapsRead } from '../../src/train/fidelity.ts'
import { fidelityLines } from '../../src/train/fidelity-lines.ts'
import type { ModelFidelity } from '../../src/train/observer.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { hardLoss, program, softLoss, stage, TinyData, tinyModel } from './tiny-program.ts'

const { program: checked } = checkFile(new URL('../lower/precision.distill', import.meta.url).pathname)
const [distil] = checked?.stages ?? []
if (checked === undefined || distil === undefined) throw new Error('the spec is wrong')
const instance = (name: string): ModelInstance => {
  const found = checked.instances.get(name)
  if (found === undefined) throw new Error(`no model ${name}`)
  return found
}

/** Two texts, of three tokens and of one. */
const batch: Batch = {
  B: 2,
  L: 3,
  liveTokens: 4,
  examples: [],
  inputs: new Map<string, HostTensor>([
    ['tokens', { dtype: 'i32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 0, 0) }],
    ['places', { dtype: 'i32', shape: [3], data: Int32Array.of(0, 1, 2) }],
    ['attended', { dtype: 'bool', shape: [2, 3], data: Uint8Array.of(1, 1, 1, 1, 0, 0) }],
  ]),
}

/** Gives made-up values: 1 everywhere in float32; in low precision what `low` says of a tap and an index. */
function madeUp(low: (path: string, index: number) => number): Runner {
  return {
    name: 'made up',
    run: (graph, { sizes }) => {
      const isLow = graph.nodes.some(({ attributes }) => attributes.precision !== undefined)
      return new Map(
        [...graph.outputs].map(([path, { type }]) => {
          const shape = concreteShape(type, sizes)
          const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) =>
            isLow ? low(path, i) : path.endsWith('logits') ? -(i % 3) : 1,
          )
          return [path, { dtype: 'f32', shape, data }] as const
        }),
      )
    },
    inspect: () => {},
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose: () => {},
  }
}

function fidelityOf(low: (path: string, index: number) => number): ModelFidelity[] {
  return stageFidelity(distil as NonNullable<typeof distil>, batch, {
    program: checked as NonNullable<typeof checked>,
    runner: madeUp(low),
    store: new ParameterStore(),
    compileTaps,
  })
}

describe('what is compared', () => {
  it('one after the other: nothing of the model in float32 stands beside that of low precision', () => {
    const told: string[] = []
    const runner = madeUp(() => 1)
    stageFidelity(distil, batch, {
      program: checked,
      runner: {
        ...runner,
        run: (graph, request) => {
          const isLow = graph.nodes.some(({ attributes }) => attributes.precision !== undefined)
          told.push(isLow ? 'low' : 'float32')
          return runner.run(graph, request)
        },
        forget: () => told.push('forget'),
        dropCopies: (names) => told.push(`drop ${[...names].length > 0 ? 'frozen' : 'nothing'}`),
      },
      store: new ParameterStore(),
      compileTaps,
    })
    // T is frozen, S is trained
    expect(told).toEqual([
      ...['float32', 'forget', 'drop frozen', 'low', 'forget'],
      ...['float32', 'forget', 'drop nothing', 'low', 'forget'],
    ])
  })

  it('what the losses read of a model, once each', () => {
    expect(tapsRead(distil, instance('T'))).toEqual(['hidden[2]', 'task.logits'])
    expect(tapsRead(distil, instance('S'))).toEqual(['hidden[1]', 'task.logits'])
  })

  it('values at attended tokens only, as one vector', () => {
    // hidden[2] is [2, 3, unit 32]: 96 numbers of the first text and 32 of the second are live
    const [teacher] = fidelityOf((path, i) => {
      if (path.endsWith('logits')) return -(i % 3)
      return i >= 128 ? 1e6 : i < 64 ? -1 : 1
    })
    expect(teacher).toMatchObject({ model: 'T', precision: 'int8', examples: 2, stage: 'distil' })
    expect(teacher?.taps[0]).toEqual({ path: 'hidden[2]', cosine: 0 })
  })

  it('the largest class of each position', () => {
    const [teacher] = fidelityOf((path, i) => (path.endsWith('logits') ? (i < 3 ? i : -(i % 3)) : 1))
    expect(teacher?.taps[1]).toMatchObject({ path: 'task.logits', agreement: 0.5 })
  })

  it('is 1 for what is the same', () => {
    for (const { taps } of fidelityOf((path, i) => (path.endsWith('logits') ? -(i % 3) : 1)))
      for (const { cosine, agreement } of taps) {
        expect(cosine).toBeCloseTo(1, 12)
        if (agreement !== undefined) expect(agreement).toBe(1)
      }
  })
})

describe('what is told', () => {
  it('a line a family of taps', () => {
    const lines = fidelityLines({
      stage: 'distil',
      model: 'T',
      precision: 'int8',
      examples: 32,
      taps: [
        { path: 'hidden[0]', cosine: 1 },
        { path: 'hidden[3]', cosine: 0.99871 },
        { path: 'task.logits', cosine: 0.99992, agreement: 0.984 },
      ],
      least: { cosine: 0.99, agreement: 0.97 },
    })
    expect(lines).toEqual([
      'T in int8 against float32, 32 examples (at least 0.99 and 97.0%)',
      '  hidden[0, 3]  cosine 0.9987 to 1.0000',
      '  task.logits   cosine 0.9999   predictions agree 98.4%',
    ])
  })
})

describe('explain', () => {
  it('says what a run will ask of models that are not in float32, and nothing of others', () => {
    const report = reportSpec(checked, {
      files: filesOnDisk,
      passes: 'none',
      backend: { name: 'reference', capabilities: new Set() },
    })
    expect(report.teachers.T).toMatchObject({
      precision: 'int8',
      fidelity: { cosine: 0.99, agreement: 0.97 },
    })
    expect(report.students.S).toMatchObject({
      precision: 'bf16',
      fidelity: { cosine: 0.9, agreement: 0.9 },
    })
    const text = printReport(report).replace(/\s+/g, ' ')
    expect(text).toContain(
      'S in bf16: compared with float32 on the first batch of a stage, with a cosine of 0.9',
    )
    const student = report.students.S
    if (student === undefined) throw new Error('no student')
    const plain = { ...report, teachers: {}, students: { S: { ...student, fidelity: null } } }
    expect(printReport(plain)).not.toContain('compared with float32')
  })
})

describe('what is refused', () => {
  const model = (taps: ModelFidelity['taps'], least = { cosine: 0.99, agreement: 0.97 }): ModelFidelity => ({
    stage: 'distil',
    model: 'T',
    precision: 'int8',
    examples: 4,
    taps,
    least,
  })
  const problem = (one: ModelFidelity) => {
    try {
      requireFidelity(one, instance('T'))
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostics[0]
      throw error
    }
    return undefined
  }

  it('E1008: the worst tap, with both remedies', () => {
    expect(
      problem(
        model([
          { path: 'hidden[1]', cosine: 0.98 },
          { path: 'hidden[2]', cosine: 0.9123 },
        ]),
      ),
    ).toMatchObject({
      code: 'E1008',
      message:
        'T.hidden[2] in int8 has a cosine with float32 of 0.9123 on the first batch of stage distil: less than 0.9900',
      help: 'take a higher precision; or say fidelity = 91%, if that is good enough',
    })
    expect(problem(model([{ path: 'task.logits', cosine: 1, agreement: 0.9 }]))?.message).toContain(
      'an agreement with float32 of 0.9000',
    )
    expect(problem(model([{ path: 'hidden[1]', cosine: Number.NaN }]))?.code).toBe('E1008')
  })

  it('nothing at or above what is asked for; `fidelity` in the spec asks for both', () => {
    const taps = [{ path: 'task.logits', cosine: 0.91, agreement: 0.9 }]
    expect(problem(model(taps, { cosine: 0.9, agreement: 0.9 }))).toBeUndefined()
    const [, student] = fidelityOf(() => 1)
    expect(student?.least).toEqual({ cosine: 0.9, agreement: 0.9 })
  })
})

describe('a run', async () => {
  const runner = await createRunner('reference')
  const root = mkdtempSync(join(tmpdir(), 'fidelity-'))
  afterAll(() => rmSync(root, { recursive: true }))
  const teacher = tinyModel('T', 'teacher', 8)
  const student = tinyModel('S', 'student', 4)
  const run = (name: string, change: Partial<ModelInstance>) => {
    const low = { ...teacher, instance: { ...teacher.instance, ...change } }
    const learn = stage('learn', softLoss(student.logits, teacher.logits), {
      trained: student.keys,
      instances: ['T', 'S'],
      budget: { amount: 2, unit: 'steps' },
    })
    const told: ModelFidelity[] = []
    const folder = new RunFolder(join(root, name))
    const made = new Trainer({
      program: program([low, student], [learn]),
      runner,
      data: new TinyData(),
      compileStage,
      compileTaps,
      folder,
      seed: 3,
      observer: { fidelity: (event) => told.push(event) },
      clock: () => 0,
    })
    return { made, told, log: () => readFileSync(join(folder.path, 'metrics.jsonl'), 'utf8') }
  }

  it('tells and notes the fidelity of each such model before its first step', async () => {
    const { made, told, log } = run('int8', { precision: 'int8' })
    expect((await made.run()).kind).toBe('finished')
    expect(told.map(({ model, precision }) => `${model} ${precision}`)).toEqual(['T int8'])
    expect(told[0]?.taps.map(({ path }) => path)).toEqual(['task.logits'])
    const cosine = told[0]?.taps[0]?.cosine ?? Number.NaN
    expect(cosine).toBeGreaterThan(0.999)
    expect(cosine).toBeLessThan(1)
    expect(log().split('\n')[1]).toContain('"event":"fidelity"')
  })

  it('is refused below what the spec asks for, before anything is trained', async () => {
    const { made } = run('strict', { precision: 'bf16', fidelity: 1 })
    const before = Array.from(made.store.get('S.task.logits.weight').data)
    await expect(made.run()).rejects.toThrow(DiagnosticError)
    expect(Array.from(made.store.get('S.task.logits.weight').data)).toEqual(before)
  })

  it('tells nothing where all is in float32', async () => {
    const { made, told } = run('float32', {})
    await made.run()
    expect(told).toEqual([])
  })

  it('trains another way than float32 does, but not far from it', async () => {
    const weights = async (name: string, precision: ModelInstance['precision']) => {
      const { made } = run(name, { precision })
      await made.run()
      return Array.from(made.store.get('S.task.logits.weight').data)
    }
    const [exact, low] = [await weights('exact', 'float32'), await weights('low', 'int8')]
    expect(low).not.toEqual(exact)
    low.forEach((value, i) => {
      expect(Math.abs(value - (exact[i] ?? Number.NaN))).toBeLessThan(0.05)
    })
  })
})

it('has a loss to read', () => {
  expect(
    tapsRead(stage('learn', hardLoss(tinyModel('R', 'student', 4).logits), { trained: [] }), instance('T')),
  ).toEqual([])
})
