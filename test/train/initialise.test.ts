import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { InitialValue, ModelInstance, ModelParameter, Program } from '../../src/check/program.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { writeSafetensors } from '../../src/weights/safetensors.ts'
import { program, span, tinyModel } from './tiny-program.ts'

const root = mkdtempSync(join(tmpdir(), 'initialise-'))
afterAll(() => rmSync(root, { recursive: true }))

const teacher = tinyModel('T', 'teacher', 6)

/** The student of these tests, with another source for some parameters. */
function studentFrom(
  sources: Record<string, InitialValue>,
  shapes: Record<string, readonly number[]> = {},
): ModelInstance {
  const { instance } = tinyModel('S', 'student', 6)
  const parameters = instance.parameters.map(
    (parameter): ModelParameter => ({
      ...parameter,
      initial: sources[parameter.path] ?? parameter.initial,
      shape: shapes[parameter.path] ?? parameter.shape,
    }),
  )
  return { ...instance, parameters }
}
function start(
  student: ModelInstance,
  options = {},
): { store: ParameterStore; initialiser: Initialiser; whole: Program } {
  const whole = {
    ...program([teacher], []),
    instances: new Map([
      ['T', teacher.instance],
      ['S', student],
    ]),
  }
  const store = new ParameterStore()
  const initialiser = new Initialiser(whole, store, { seed: 5, ...options })
  return { store, initialiser, whole }
}
function refusal(run: () => void): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const texts = error.diagnostics.map(({ code, message, help }) => `${code}: ${message}\n${help}\n`)
    return texts.join('\n').replaceAll(root, 'weights')
  }
  throw new Error('nothing was refused')
}

describe('initial weights', () => {
  it('are drawn, filled, copied, averaged, factorized', () => {
    const from = (path: string): InitialValue => ({ kind: 'copy', from: { owner: 'T', path } })
    const student = studentFrom({
      'embedding.weight': from('embedding.weight'),
      'task.logits.bias': { kind: 'ones' },
      'task.logits.weight': {
        kind: 'mean',
        from: [
          { owner: 'T', path: 'task.logits.weight' },
          { owner: 'T', path: 'task.logits.weight' },
        ],
      },
    })
    const { store, initialiser } = start(student)
    expect(initialiser.closure(['S'])).toEqual(['T', 'S'])
    initialiser.instance('S')
    expect(store.get('S.embedding.weight').data).toEqual(store.get('T.embedding.weight').data)
    expect(store.get('S.embedding.weight').data).not.toBe(store.get('T.embedding.weight').data)
    expect(store.get('S.task.logits.weight').data).toEqual(store.get('T.task.logits.weight').data)
    expect([...store.get('S.task.logits.bias').data]).toEqual([1, 1, 1])
  })
  it('of a factorized matrix multiply to the best approximation of it', () => {
    const of = { owner: 'T', path: 'embedding.weight' }
    const student = studentFrom(
      {
        'embedding.weight': { kind: 'svd', of, side: 'left', rank: 6 },
        'task.logits.weight': { kind: 'svd', of, side: 'right', rank: 6 },
      },
      { 'embedding.weight': [24, 6], 'task.logits.weight': [6, 6] },
    )
    const { store, initialiser } = start(student)
    initialiser.instance('S')
    const [left, right] = [store.get('S.embedding.weight').data, store.get('S.task.logits.weight').data]
    store.get('T.embedding.weight').data.forEach((value, i) => {
      let sum = 0
      for (let r = 0; r < 6; r++)
        sum += (left[Math.floor(i / 6) * 6 + r] ?? 0) * (right[r * 6 + (i % 6)] ?? 0)
      expect(sum).toBeCloseTo(value, 5)
    })
  })
  it('do not depend on what else is drawn, only on the seed and the name', () => {
    const alone = start(studentFrom({}))
    alone.initialiser.instance('S')
    const both = start(studentFrom({}))
    both.initialiser.instance('T')
    both.initialiser.instance('S')
    expect(alone.store.get('S.embedding.weight').data).toEqual(both.store.get('S.embedding.weight').data)
    expect(alone.store.get('S.embedding.weight').data).not.toEqual(both.store.get('T.embedding.weight').data)
  })
})

describe('weights from a file', () => {
  const file = (name: string, tensors: Record<string, number[]>): string => {
    const path = join(root, name)
    writeSafetensors(
      path,
      new Map(
        Object.entries(tensors).map(([tensor, shape]) => {
          const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)
          return [tensor, { shape, data }]
        }),
      ),
    )
    return path
  }
  const all = (path: string): Record<string, InitialValue> =>
    Object.fromEntries(
      ['embedding.weight', 'task.logits.weight', 'task.logits.bias'].map((name) => [
        name,
        { kind: 'checkpoint', path, span },
      ]),
    )
  const whole = { 'embedding.weight': [24, 6], 'task.logits.weight': [3, 6], 'task.logits.bias': [3] }

  it('are read', () => {
    const { store, initialiser } = start(studentFrom(all(file('whole.safetensors', whole))))
    initialiser.instance('S')
    expect(store.get('S.embedding.weight').data[7]).toBe(0.5)
    expect(initialiser.notes).toEqual([])
  })
  it('may lack a head, which is then drawn and said', () => {
    const { store, initialiser } = start(
      studentFrom(all(file('headless.safetensors', { 'embedding.weight': [24, 6] }))),
    )
    initialiser.instance('S')
    expect(store.get('S.task.logits.weight').data[0]).not.toBe(0.5)
    expect([...store.get('S.task.logits.bias').data]).toEqual([0, 0, 0])
    expect(initialiser.notes.join().replace(root, 'weights')).toBe(
      'S.task is not in weights/headless.safetensors: it starts untrained',
    )
  })
  it('are drawn where they are stood in for', () => {
    const { store, initialiser } = start(studentFrom(all(join(root, 'none'))), { randomWeights: true })
    initialiser.requireFiles(['S'])
    initialiser.instance('S')
    expect(store.get('S.embedding.weight').data[0]).not.toBe(0)
  })
  it('are refused where they do not fit: another shape, another model, nothing there, cut off, no safetensors', async () => {
    const load = (path: string): string =>
      refusal(() => start(studentFrom(all(path))).initialiser.instance('S'))
    const cut = join(root, 'cut.safetensors')
    writeFileSync(cut, '\u0010\u0000\u0000')
    const text = join(root, 'text.safetensors')
    writeFileSync(text, 'these are no weights, only words, and many of them')
    mkdirSync(join(root, 'empty'))
    const missing = studentFrom({
      ...all(join(root, 'bert-base')),
      'embedding.weight': { kind: 'checkpoint', path: join(root, 'glove'), span },
    })
    const said = [
      load(file('shape.safetensors', { ...whole, 'task.logits.weight': [2, 6] })),
      load(file('foreign.safetensors', { 'wte.weight': [24, 6], 'h.0.attn.weight': [6, 6] })),
      load(file('partial.safetensors', { 'task.logits.weight': [3, 6], 'task.logits.bias': [3] })),
      refusal(() => start(missing).initialiser.requireFiles(['S'])),
      load(cut),
      load(text),
      load(join(root, 'empty')),
    ]
    await expect(said.join('\n')).toMatchFileSnapshot('../golden/train/weights.txt')
  })
})
