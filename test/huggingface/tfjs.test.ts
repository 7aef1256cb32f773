/** Models of every family as GraphModels: what `tf.loadGraphModel` computes is what the backend `cpu` does, bit for bit. */
import '@tensorflow/tfjs-backend-cpu'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { exportTfjs } from '../../src/huggingface/tfjs-folder.ts'
import { compileTaps } from '../../src/lower/stage.ts'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { cased } from './exporter.ts'
import { mobile, small, spec } from './small-specs.ts'

/** No class of transformers computes it. */
const own = `import { classifier } from "std/heads.distill"
model convolved {
  vocabulary = 40, width = 6, hidden_dropout = 0
  word = lookup(tokens, vocabulary, width)
  near = if attended then word else 0
  mixed = linear(concat(shift(near, -1), near, shift(near, 1)), width)
  output = layer_norm(mixed, 1e-5)
  pooler = tanh(pick(output, token = 1))
}
student M : convolved { heads { task = classifier(3) } }
`
const models: readonly (readonly [
  name: string,
  text: string,
  taps: readonly string[],
  outputs: readonly string[],
])[] = [
  [
    'a classifier of BERT',
    spec(`bert_base with { ${small} }`, 'heads { task = classifier(3) }'),
    ['task.logits'],
    ['logits'],
  ],
  [
    'a span of DistilBERT',
    spec(`distilbert with { ${small} }`, 'heads { qa = span() }'),
    ['qa.start', 'qa.end'],
    ['start_logits', 'end_logits'],
  ],
  [
    'masked words of ALBERT',
    spec(`albert_base with { ${small}, embedding_size = 4 }`, 'heads { lm = masked_lm(embedding.word) }'),
    ['lm.logits'],
    ['logits'],
  ],
  ['an own architecture', own, ['task.logits'], ['logits']],
  ['states of MobileBERT', spec(`mobilebert with { ${mobile} }`), ['output'], ['last_hidden_state']],
]

describe('a GraphModel', () => {
  let root = ''
  let runner: Runner
  beforeAll(async () => {
    await tf.setBackend('cpu')
    runner = await createRunner('cpu')
    root = mkdtempSync(path.join(tmpdir(), 'distill-tfjs-'))
  })
  afterAll(() => {
    runner.dispose()
    rmSync(root, { recursive: true })
  })

  function made(text: string) {
    const file = path.join(mkdtempSync(path.join(root, 'spec-')), 's.distill')
    writeFileSync(file, text)
    const { program, diagnostics } = checkFile(file)
    const instance = program?.instances.get('M')
    if (program === undefined || instance === undefined) throw new Error(JSON.stringify(diagnostics))
    const store = new ParameterStore()
    new Initialiser(program, store, { seed: 7 }).instance('M')
    for (const key of store.keys())
      store.edit(key, (data) => data.set(data.map((value, k) => 4 * value + 0.3 * Math.sin(k + 1))))
    const to = path.join(path.dirname(file), 'out')
    return { program, instance, store, to, tokenizer: cased, labels: undefined, maxLength: 10, version: '1' }
  }

  it.each(models)('of %s', async (_, text, taps, outputs) => {
    const request = made(text)
    expect(exportTfjs(request)).toEqual(outputs)
    expect(readdirSync(request.to).sort()).toEqual(['group1-shard1of1.bin', 'model.json', 'tokenizer.json'])
    const model = await opened(request.to)
    const graph = compileTaps(request.program, 'M', taps)
    for (const [B, L] of [
      [2, 7],
      [3, 4],
    ] as const) {
      const { inputs, tensors } = batch(B, L)
      const given = Object.fromEntries(
        model.inputs.map(({ name }) => [name, tensors[name] ?? tf.zeros([B, L], 'int32')]),
      )
      const wanted = runner.run(graph, {
        sizes: { B, L },
        inputs,
        parameter: (key) => request.store.get(key),
        random: { seed: 0, stage: 's', step: 0 },
      })
      for (const [k, name] of outputs.entries()) {
        const result = model.execute(given, name)
        if (Array.isArray(result)) throw new Error('one output was asked for')
        const { shape, data } = wanted.get(taps[k] ?? '') ?? { shape: [], data: [] }
        expect(result.shape).toEqual(shape)
        expect(Array.from(result.dataSync(), (x) => x + 0)).toEqual(Array.from(data, (x) => x + 0))
      }
    }
  })

  it('has an output for each of several heads, or that of one', async () => {
    const request = made(
      spec(`bert_base with { ${small} }`, 'heads { a = classifier(2), b = classifier(3) }'),
    )
    expect(exportTfjs(request)).toEqual(['a.logits', 'b.logits'])
    expect(exportTfjs({ ...request, head: 'b' })).toEqual(['logits'])
    expect((await opened(request.to)).outputs.map(({ name }) => name)).toEqual(['logits'])
  })

  it('leaves nothing behind where it cannot be written', () => {
    const request = made(spec(`bert_base with { ${small} }`))
    writeFileSync(request.to, 'a file')
    expect(() => exportTfjs(request)).toThrow()
    expect(readdirSync(path.dirname(request.to)).sort()).toEqual(['out', 's.distill'])
    expect(existsSync(path.join(request.to, 'model.json'))).toBe(false)
  })
})

/** Ids, a mask and segments, as our graphs and as the model read them. */
function batch(
  B: number,
  L: number,
): { inputs: Map<string, HostTensor>; tensors: Record<string, tf.Tensor> } {
  const shape = [B, L]
  const tokens = Int32Array.from({ length: B * L }, (_, i) => (i * 7 + 5) % 40)
  const attended = Uint8Array.from({ length: B * L }, (_, i) => (i % L < L - (Math.floor(i / L) % 3) ? 1 : 0))
  const segments = Int32Array.from({ length: B * L }, (_, i) => (i % L > 2 ? 1 : 0))
  const inputs = new Map<string, HostTensor>([
    ['tokens', { dtype: 'i32', shape, data: tokens }],
    ['segments', { dtype: 'i32', shape, data: segments }],
    ['attended', { dtype: 'bool', shape, data: attended }],
    ['places', { dtype: 'i32', shape: [L], data: Int32Array.from({ length: L }, (_, i) => i) }],
  ])
  const int = (data: ArrayLike<number>): tf.Tensor => tf.tensor(Int32Array.from(data), [B, L], 'int32')
  return {
    inputs,
    tensors: { input_ids: int(tokens), attention_mask: int(attended), token_type_ids: int(segments) },
  }
}

function opened(folder: string): Promise<GraphModel> {
  const json = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'))
  const [{ paths, weights }] = json.weightsManifest
  const bytes = Buffer.concat(paths.map((name: string) => readFileSync(path.join(folder, name))))
  const weightData = new Uint8Array(bytes).buffer
  return loadGraphModel(tf.io.fromMemory({ ...json, weightSpecs: weights, weightData }))
}
