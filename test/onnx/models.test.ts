/**
 * ONNX files of whole models as other programs read them: by the package of ONNX Runtime, at several sizes,
 * against what the model says on another backend.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { type WrittenOnnx, writeOnnx } from '../../src/huggingface/write-onnx.ts'
import { compileTaps } from '../../src/lower/stage.ts'
import type { HostTensor } from '../../src/run/runner.ts'
import { standingOf } from '../required.ts'
import { python } from '../tools.ts'
import { problemsOf, readModel } from './read-model.ts'
import { outputsOf, type Toy, toy, toys } from './toys.ts'

const runner = await createRunner('wasm')
const { InferenceSession: Session, Tensor } = await import('onnxruntime-node')
const root = mkdtempSync(path.join(tmpdir(), 'distill-onnx-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
})

interface Texts {
  readonly B: number
  readonly L: number
  readonly tokens: readonly number[]
  readonly attended: readonly number[]
  readonly segments: readonly number[]
}

/** Texts of different lengths, the first one of L tokens; what stands at padding is `padding`. */
function texts(B: number, L: number, padding = (_at: number): number => 0): Texts {
  const places = Array.from({ length: B * L }, (_, at) => ({ at, row: Math.floor(at / L), place: at % L }))
  const live = places.map(({ row, place }) => (place < Math.max(1, L - 3 * row) ? 1 : 0))
  return {
    B,
    L,
    tokens: places.map(({ at, row, place }) =>
      live[at] === 1 ? (17 + 31 * row + 7 * place * place) % 300 : padding(at),
    ),
    attended: live,
    segments: places.map(({ place }) => (place > L / 2 ? 1 : 0)),
  }
}

const open = (file: string): Promise<InferenceSession> => Session.create(file, { logSeverityLevel: 3 })

async function run(session: InferenceSession, { B, L, tokens, attended, segments }: Texts) {
  const int64 = (values: readonly number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [B, L])
  const all = { input_ids: int64(tokens), attention_mask: int64(attended), token_type_ids: int64(segments) }
  const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => session.inputNames.includes(name)))
  return session.run(feeds)
}

/** What the model says, by the names of the file's outputs. */
function expected({ program, instance, store }: Toy, { B, L, tokens, attended, segments }: Texts) {
  const whole = (values: readonly number[], shape = [B, L]): HostTensor => ({
    dtype: 'i32',
    shape,
    data: Int32Array.from(values),
  })
  const outputs = outputsOf(instance)
  const graph = compileTaps(
    program,
    instance.name,
    outputs.map(({ output }) => output),
  )
  const values = runner.run(graph, {
    sizes: { B, L },
    inputs: new Map([
      ['tokens', whole(tokens)],
      ['segments', whole(segments)],
      ['attended', { dtype: 'bool', shape: [B, L], data: Uint8Array.from(attended) }],
      [
        'places',
        whole(
          Array.from({ length: L }, (_, i) => i),
          [L],
        ),
      ],
    ]),
    parameter: store.get,
    random: { seed: 0, stage: 'test', step: 0 },
  })
  return outputs.map(({ output, name }) => ({ name, value: values.get(output) }))
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  largest(Array.from(a, (x, i) => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x - (b[i] ?? Number.NaN))))

const written = new Map<
  string,
  { readonly made: Toy; readonly folder: string; readonly files: WrittenOnnx[] }
>()
function filesOf(name: string) {
  const known = written.get(name)
  if (known) return known
  const folder = mkdtempSync(path.join(root, 'toy-'))
  const made = toy(toys[name] ?? '', folder)
  const files = writeOnnx(
    {
      ...made,
      outputs: outputsOf(made.instance),
      formats: ['int8', 'float16'],
      metadata: new Map([['a', 'b']]),
      version: '1',
    },
    folder,
  )
  const entry = { made, folder, files }
  written.set(name, entry)
  return entry
}

describe.each(Object.keys(toys))('%s', (name) => {
  const { made, folder, files } = filesOf(name)
  const fileAt = (format: WrittenOnnx['format']): string =>
    path.join(folder, files.find((one) => one.format === format)?.file ?? '')

  it('is a file of the standard, with names for the sizes of a batch', () => {
    for (const { file, opset } of files) {
      const model = readModel(readFileSync(path.join(folder, file)))
      expect(problemsOf(model)).toEqual([])
      expect([model.producer, [...model.metadata], model.opsets.get('')]).toEqual([
        'distill 1',
        [['a', 'b']],
        opset,
      ])
      const reads = model.inputs.map(({ name: input }) => input)
      const segments = made.instance.parameters.some(({ path: own }) => own === 'embedding.type.weight')
      expect(reads).toEqual(['input_ids', 'attention_mask', ...(segments ? ['token_type_ids'] : [])])
      for (const { dtype, shape } of model.inputs)
        expect([dtype, shape]).toEqual(['i64', ['batch_size', 'sequence_length']])
      for (const { dtype, shape } of model.outputs) expect([dtype, shape[0]]).toEqual(['f32', 'batch_size'])
      // what a file holds in float32 is shared in the model too
      const floats = model.tensors.filter(({ dtype, shape }) => dtype === 'f32' && shape.length === 2)
      const own = new Set(made.instance.parameters.map(({ canonical }) => canonical))
      if (file === 'model.onnx') expect(floats.length).toBeLessThanOrEqual(own.size)
    }
  })
  it('says what the model says, at every size, and padding changes nothing', async () => {
    const session = await open(fileAt('float32'))
    for (const [B, L] of [
      [1, 5],
      [3, 17],
      [4, 1],
    ] as const) {
      const batch = texts(B, L)
      const got = await run(session, batch)
      for (const { name: output, value } of expected(made, batch)) {
        const actual = got[output]
        const column = output === 'logits' && value?.shape.length === 1
        expect(actual?.dims).toEqual(column ? [B, 1] : value?.shape)
        const wanted = value?.data ?? []
        expect(largest(wanted)).toBeGreaterThan(1e-3)
        expect(difference(actual?.data as Float32Array, wanted)).toBeLessThan(
          1e-5 * Math.max(1, largest(wanted)),
        )
      }
    }
    const [plain, other] = [
      await run(session, texts(3, 17)),
      await run(
        session,
        texts(3, 17, (at) => 1 + (at % 200)),
      ),
    ]
    for (const output of session.outputNames) {
      const [a, b] = [plain, other].map((one) =>
        live(one[output]?.data as Float32Array, one[output]?.dims ?? [], 17),
      )
      expect(difference(a ?? [], b ?? [])).toBe(0)
    }
    await session.release()
  })
  it('agrees with itself in fewer bits', async () => {
    const batch = texts(3, 17)
    const sessions = await Promise.all(
      (['float32', 'int8', 'float16'] as const).map((format) => open(fileAt(format))),
    )
    const [exact, int8, half] = await Promise.all(sessions.map((session) => run(session, batch)))
    for (const output of sessions[0]?.outputNames ?? []) {
      const values = [exact, int8, half].map((one) =>
        live(one?.[output]?.data as Float32Array, one?.[output]?.dims ?? [], 17),
      )
      const [a = [], b = [], c = []] = values
      expect(cosine(a, b)).toBeGreaterThan(0.99)
      expect(cosine(a, c)).toBeGreaterThan(0.9999)
      // they are other numbers
      expect(difference(a, b)).toBeGreaterThan(0)
      expect(difference(a, c)).toBeGreaterThan(0)
    }
    for (const session of sessions) await session.release()
  })
  it('stores matrices in 8 bits, or 16', () => {
    const stored = (file: string): Map<string, number> => {
      const bytes = new Map<string, number>()
      for (const { dtype, shape, bytes: own } of readModel(readFileSync(file)).tensors)
        if (shape.reduce((all, size) => all * size, 1) >= 1024)
          bytes.set(dtype, (bytes.get(dtype) ?? 0) + own.length)
      return bytes
    }
    const whole = stored(fileAt('float32')).get('f32') ?? 0
    expect([...stored(fileAt('float32')).keys()]).toEqual(['f32'])
    expect(stored(fileAt('int8'))).toEqual(new Map([['u8', whole / 4]]))
    expect(stored(fileAt('float16'))).toEqual(new Map([['f16', whole / 2]]))
    for (const { file, bytes } of files) expect(statSync(path.join(folder, file)).size).toBe(bytes)
  })
})

/** Values at attended tokens: [example, token, ..] loses padding, others stay. */
function live(data: Float32Array, dims: readonly number[], L: number): number[] {
  const [B = 1, tokens] = dims
  if (tokens !== L) return [...data]
  const width = data.length / (B * L)
  const { attended } = texts(B, L)
  return [...data].filter((_, i) => attended[Math.floor(i / width)] === 1)
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? Number.NaN), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

const checker = await standingOf('python-onnx')
const title = `passes the full check of Python's onnx${checker.kind === 'skipped' ? `: skipped, ${checker.reason}` : ''}`
it.skipIf(checker.kind === 'skipped')(title, { timeout: 120_000 }, () => {
  const script = 'import sys, onnx\nfor file in sys.argv[1:]: onnx.checker.check_model(file, full_check=True)'
  const all = Object.keys(toys).flatMap((name) => {
    const { folder, files } = filesOf(name)
    return files.map(({ file }) => path.join(folder, file))
  })
  const { status, stderr } = spawnSync(python, ['-c', script, ...all], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

it('a model that reads what only training has is refused', () => {
  const folder = mkdtempSync(path.join(root, 'progress-'))
  const size =
    'vocabulary = 300, positions = 40, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 8'
  const made = toy(
    `model m = bert_base with { ${size}, output = layer[1].output * (1 + progress) }\nstudent M : m {}`,
    folder,
  )
  const request = {
    ...made,
    outputs: outputsOf(made.instance),
    formats: [],
    metadata: new Map(),
    version: '1',
  }
  expect(() => writeOnnx(request, path.join(folder, 'out'))).toThrow(/E1131.*reads progress/)
  expect(existsSync(path.join(folder, 'out'))).toBe(false)
})

it('ALBERT holds its layers once, and weights beside the file where they are many', async () => {
  const { made } = filesOf('ALBERT')
  const folder = mkdtempSync(path.join(root, 'beside-'))
  const [one] = writeOnnx(
    {
      ...made,
      outputs: outputsOf(made.instance),
      formats: [],
      metadata: new Map(),
      version: '1',
      inside: 1000,
    },
    folder,
  )
  expect([one?.file, one?.external]).toEqual(['model.onnx', true])
  const parameters = new Map(made.instance.parameters.map(({ canonical, shape }) => [canonical, shape]))
  const numbers = [...parameters.values()].reduce(
    (sum, shape) => sum + shape.reduce((all, size) => all * size, 1),
    0,
  )
  const model = readModel(readFileSync(path.join(folder, 'model.onnx')))
  expect(model.tensors.filter(({ external }) => external.size > 0).length).toBeGreaterThan(5)
  expect(statSync(path.join(folder, 'model.onnx')).size).toBeLessThan(numbers * 4)
  const session = await open(path.join(folder, 'model.onnx'))
  const batch = texts(2, 9)
  const [{ value } = { value: undefined }] = expected(made, batch)
  const got = await run(session, batch)
  expect(difference(got.logits?.data as Float32Array, value?.data ?? [])).toBeLessThan(1e-5)
  await session.release()
})
