import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { vectorsByFiles } from '../../src/huggingface/sentence/files.ts'
import { readSafetensorsHeader } from '../../src/weights/safetensors.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { Exporter } from './exporter.ts'
import { mobile, small, spec } from './small-specs.ts'

const exporter = new Exporter(await createRunner('wasm'))
const { ofText } = exporter
afterAll(() => exporter.close())

const json = (to: string, name: string) => JSON.parse(readFileSync(path.join(to, name), 'utf8'))
const modulesOf = (to: string) =>
  json(to, 'modules.json').map((one: { type: string; path: string }) => [
    one.type.split('.').at(-1),
    one.path,
  ])
const embedder = (vector: string): string => `head embedder() { vector = ${vector} }\n`

describe('a vector for each text', () => {
  it.each([
    ['bert_base', 'mean', 'BertModel'],
    ['distilbert', 'max', 'DistilBertModel'],
    ['albert_base', 'mean', 'AlbertModel'],
  ])('%s with a pooler by %s', (model, how, name) => {
    const { modelClass, notes, to } = ofText(
      spec(
        `${model} with { ${small}, embedding_size = ${model === 'albert_base' ? 6 : 8}, pooler = ${how}(output, over = token) }`,
      ),
    )
    expect([modelClass, notes]).toEqual([`${name} with Pooling (${how})`, []])
    expect(modulesOf(to)).toEqual([
      ['Transformer', ''],
      ['Pooling', '1_Pooling'],
    ])
    const config = json(to, '1_Pooling/config.json')
    expect(Object.keys(config).filter((key) => config[key] === true)).toEqual([
      `pooling_mode_${how}_tokens`,
      'include_prompt',
    ])
    expect(config.word_embedding_dimension).toBe(8)
    expect(json(to, 'config.json').architectures).toEqual([name])
    const { tensors } = readSafetensorsHeader(path.join(to, 'model.safetensors'))
    expect([...tensors.keys()].filter((tensor) => tensor.includes('pooler'))).toEqual([])
  })
  it('has the files of the documented layout', async () => {
    const { modelClass, to } = ofText(
      embedder('normalize(tanh(linear(output.first, 5)))') +
        spec(`bert_base with { ${small} }`, 'heads { embed = embedder() }'),
    )
    expect(modelClass).toBe('BertModel with Pooling (cls), Dense and Normalize')
    expect(readdirSync(to).sort()).toEqual([
      '1_Pooling',
      '2_Dense',
      'README.md',
      'config.json',
      'config_sentence_transformers.json',
      'model.safetensors',
      'modules.json',
      'sentence_bert_config.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ])
    const names = ['modules.json', '1_Pooling/config.json', '2_Dense/config.json']
    names.push('sentence_bert_config.json', 'config_sentence_transformers.json')
    const texts = names.map((name) => `${name}\n${readFileSync(path.join(to, name), 'utf8')}`)
    await expect(texts.join('\n')).toMatchFileSnapshot('../golden/huggingface/sentence.txt')
    const { tensors } = readSafetensorsHeader(path.join(to, '2_Dense/model.safetensors'))
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['linear.weight', [5, 8]],
      ['linear.bias', [5]],
    ])
    const card = readFileSync(path.join(to, 'README.md'), 'utf8')
    expect(card).toContain('library_name: sentence-transformers\npipeline_tag: sentence-similarity\n')
    expect(card).toContain('SentenceTransformer(".")')
    expect(card).toContain('The vectors that the files of this folder make were compared')
  })
  it.each([
    ['normalize(mean(output, over = token))', 'Pooling (mean) and Normalize', ['1_Pooling', '2_Normalize']],
    [
      'linear(inner, 4, bias = none), inner = relu(linear(max(output, over = token), 6))',
      'Pooling (max), Dense and Dense',
      ['1_Pooling', '2_Dense', '3_Dense'],
    ],
    [
      'gelu(linear(normalize(dropout(mean(output, over = token), 10%)), 4))',
      'Pooling (mean), Normalize and Dense',
      ['1_Pooling', '2_Normalize', '3_Dense'],
    ],
  ])('%s is %s', (vector, modules, places) => {
    const { modelClass, to } = ofText(
      embedder(vector) + spec(`mobilebert with { ${mobile} }`, 'heads { embed = embedder() }'),
    )
    expect(modelClass).toBe(`MobileBertModel with ${modules}`)
    expect(modulesOf(to).map(([, place]: string[]) => place)).toEqual(['', ...places])
    expect(existsSync(path.join(to, '2_Normalize'))).toBe(false)
  })
  it('may be the output of a model', () => {
    const text = `import { bert_base } from "std/bert.distill"
model m = bert_base with { ${small}, output = mean(layer[layers].output, over = token), without pooler }
student M : m {}
`
    expect(ofText(text).modelClass).toBe('BertModel with Pooling (mean)')
  })
  it('beside a head that answers has a folder of its own', () => {
    const heads = 'heads { task = classifier(3), embed = embedder() }'
    const { to } = ofText(embedder('mean(output, over = token)') + spec(`bert_base with { ${small} }`, heads))
    expect(json(to, 'task/config.json').architectures).toEqual(['BertForSequenceClassification'])
    expect(modulesOf(path.join(to, 'embed'))).toEqual([
      ['Transformer', ''],
      ['Pooling', '1_Pooling'],
    ])
  })
  it.each([
    ['bert_base', '', 'BertModel'],
    ['mobilebert', '', 'MobileBertModel'],
    ['bert_base', 'without pooler', 'BertModel'],
  ])('the pooler of the class of %s with { %s } is none', (model, change, name) => {
    const { modelClass, to } = ofText(
      spec(`${model} with { ${model === 'mobilebert' ? mobile : small}, ${change} }`),
    )
    expect(modelClass).toBe(name)
    expect(existsSync(path.join(to, 'modules.json'))).toBe(false)
  })
  it.each([
    'mean(output, over = token) * 2',
    'mean(layer[1].output, over = token)',
    'gelu_tanh(linear(mean(output, over = token), 4))',
    'min(output, over = token)',
  ])('that no module gives is refused: %s', (vector) => {
    const text = embedder(vector) + spec(`bert_base with { ${small} }`, 'heads { embed = embedder() }')
    const message = diagnosticMessage(() => ofText(text))
    expect(message).toMatch(/^E0931.*`embed\.vector` is no mean, maximum or first token/)
  })
})

describe('the arithmetic of the files', () => {
  it('reads live tokens alone, and rows in their order', () => {
    const { to } = ofText(spec(`bert_base with { ${small}, pooler = mean(output, over = token) }`))
    const data = Array.from({ length: 2 * 3 * 8 }, (_, k) => k)
    const attended = (text: number, token: number): boolean => text === 0 || token < 2
    const [first, second] = vectorsByFiles(to, { data, B: 2, L: 3, attended })
    expect([first?.[0], first?.[7], second?.[0]]).toEqual([8, 15, 28])
  })
})
