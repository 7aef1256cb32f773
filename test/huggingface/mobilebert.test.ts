import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { Exporter } from './exporter.ts'
import { mobile, spec } from './small-specs.ts'

const exporter = new Exporter(await createRunner('wasm'))
const { ofText } = exporter
afterAll(() => exporter.close())

describe('MobileBERT', () => {
  const padding = 'the embedding of [PAD] is written as zeros, which is how the model reads padding'
  const words = (to: string, name: string) => {
    const { data, shape } = readSafetensors(path.join(to, 'model.safetensors')).get(name) ?? {}
    return { rows: shape?.[0], pad: Array.from(data?.subarray(0, 2) ?? []), other: data?.[2] }
  }
  it.each([
    ['mobilebert', '', { use_bottleneck_attention: false, key_query_shared_bottleneck: true }],
    ['mobilebert_tiny', '', { use_bottleneck_attention: true, key_query_shared_bottleneck: false }],
    // Where both sizes are equal, no shape tells the forms apart.
    ['mobilebert_tiny', 'inner_size = 8', { use_bottleneck_attention: true, num_feedforward_networks: 3 }],
    [
      'ib_bert_large',
      'epsilon = 1e-5, inner_size = 8',
      { use_bottleneck_attention: false, key_query_shared_bottleneck: false, classifier_activation: true },
    ],
  ])('%s with { %s } is one of its forms, and reads padding as zeros', (model, changes, keys) => {
    const { modelClass, notes, to } = ofText(spec(`${model} with { ${mobile}, ${changes} }`))
    expect([modelClass, notes]).toEqual(['MobileBertModel', [padding]])
    expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))).toMatchObject(keys)
    const { pad, other } = words(to, 'embeddings.word_embeddings.weight')
    expect([pad, other === 0]).toEqual([[0, 0], false])
  })
  it('a masked language model keeps the row of [PAD] in a decoder stored apart', () => {
    const heads = 'heads { mlm = mobilebert_masked_lm() }'
    const { notes, to } = ofText(spec(`mobilebert with { ${mobile} }`, heads))
    expect(notes).toEqual([
      padding,
      'the decoder is stored apart from the word embeddings, so that its row for [PAD] stays',
    ])
    expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8')).tie_word_embeddings).toBe(false)
    expect(words(to, 'mobilebert.embeddings.word_embeddings.weight').pad).toEqual([0, 0])
    const { rows, pad } = words(to, 'cls.predictions.decoder.weight')
    expect([rows, pad.includes(0)]).toEqual([40, false])
    const tensors = readSafetensors(path.join(to, 'model.safetensors'))
    expect(tensors.get('cls.predictions.decoder.bias')).toEqual(tensors.get('cls.predictions.bias'))
  })
  it('the weights that PyTorch ran come out as they went in', () => {
    const reference = path.resolve('test/fixtures/reference/mobilebert_transfer/student.safetensors')
    const sizes =
      'vocabulary = 61, positions = 24, layers = 2, heads = 2, hidden_size = 24, embedding_size = 8, inner_size = 12, intermediate_size = 20, stacked = 3'
    const { modelClass, to } = ofText(
      spec(`mobilebert with { ${sizes} }`, `weights = ${JSON.stringify(reference)}`),
    )
    expect(modelClass).toBe('MobileBertModel')
    const ran = [...readSafetensors(reference)].map(([name, { shape, data }]) => [
      name.replace(/^mobilebert\./, ''),
      shape,
      data,
    ])
    const written = [...readSafetensors(path.join(to, 'model.safetensors'))].map(
      ([name, { shape, data }]) => [name, shape, data],
    )
    const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]))
    expect(written.toSorted(byName)).toEqual(ran.toSorted(byName))
  })
})
