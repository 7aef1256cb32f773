import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { newSpec } from '../../src/huggingface/new-spec.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import type { Score, StepDone } from '../../src/train/observer.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { readSafetensors, type WrittenTensor, writeSafetensors } from '../../src/weights/safetensors.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { programOf } from '../lower/spec-run.ts'
import { trainerOf } from '../train/trainer-of.ts'
import { writeFolder, writeTensors } from './folders.ts'
import { layouts, sizes } from './layouts.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-new-'))
const runner = await createRunner('wasm')
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
})

const layout = (name: string) => {
  const found = layouts[name]
  if (found === undefined) throw new Error(name)
  return found
}
function make(name: string, change: Partial<ReturnType<typeof layout>> = {}, pieces = sizes.V): string {
  const folder = mkdtempSync(path.join(root, 'model-'))
  const { config, tensors } = layout(name)
  return writeFolder(
    folder,
    name,
    { config: { ...config, ...change.config }, tensors: change.tensors ?? tensors },
    pieces,
  )
}
const messageOf = (folder: string): string =>
  diagnosticMessage(() => newSpec(folder, path.join(root, 'x.distill'))).replaceAll(folder, 'F')

describe('a spec for a folder', () => {
  it.each(Object.keys(layouts))('%s: checks, and every tensor of the encoder is read', (name) => {
    const folder = make(name)
    const file = path.join(folder, 'new.distill')
    const { text, notes } = newSpec(folder, file)
    expect(notes[0]).toContain(`${name.split('/')[0]}: 4 layers of 8`)
    writeFileSync(file, text)
    const { program, diagnostics } = checkFile(file)
    expect(diagnostics).toEqual([])
    const store = new ParameterStore()
    if (program === undefined) throw new Error('no program')
    const initialiser = new Initialiser(program, store, { seed: 1 })
    for (const model of ['T', 'S']) initialiser.instance(model)
    expect(initialiser.notes).toEqual([])
    const word = [...readSafetensors(path.join(folder, 'model.safetensors'))].find(([tensor]) =>
      tensor.endsWith('word_embeddings.weight'),
    )
    expect(store.get('T.embedding.word.weight').data).toEqual(word?.[1].data)
    expect(store.get('S.embedding.word.weight').data).toEqual(word?.[1].data)
  })

  it.each([
    ['new', 'BertForSequenceClassification'],
    ['new-masked-lm', 'AlbertForPreTraining'],
    ['new-span', 'DistilBertForQuestionAnswering'],
    ['new-tags', 'BertForTokenClassification'],
    ['new-mobilebert', 'MobileBertForPreTraining'],
    ['new-mobilebert-form', 'MobileBertModel/LayerNorm, attention between the layers'],
  ])('is this text: %s', async (golden, name) => {
    const folder = make(name)
    const { text, notes } = newSpec(folder, path.join(folder, 'spec.distill'))
    await expect(text).toMatchFileSnapshot(`../golden/huggingface/${golden}.txt`)
    expect(notes.some((note) => note.includes('no loss reads'))).toBe(false)
  })
  it('a matrix that the class stores with rows and columns exchanged is read so', () => {
    const folder = make('MobileBertForMaskedLM')
    const file = path.join(folder, 'new.distill')
    writeFileSync(file, newSpec(folder, file).text)
    const { program } = checkFile(file)
    if (program === undefined) throw new Error('no program')
    const store = new ParameterStore()
    new Initialiser(program, store, { seed: 1 }).instance('T')
    const stored = readSafetensors(path.join(folder, 'model.safetensors')).get('cls.predictions.dense.weight')
    const { data, shape } = store.get('T.mlm.extra.weight')
    expect([stored?.shape, shape]).toEqual([
      [6, 40],
      [40, 6],
    ])
    for (const [row, column] of [
      [0, 0],
      [0, 5],
      [7, 3],
      [39, 5],
    ] as const)
      expect(data[row * 6 + column]).toBe(stored?.data[column * 40 + row])
  })

  const question = { id: '1', question: 'word1 word2', answers: [{ text: 'word4', answer_start: 6 }] }
  const paragraphs = [{ context: 'word3 word4 word5', qas: [question] }]
  const words = 'word1 word2 word3\n'.repeat(9)
  const squad = JSON.stringify({ version: '1.1', data: [{ title: 'a', paragraphs }] })
  it.each([
    ['BertForMaskedLM', 'txt', words, ['perplexity', 'masked_accuracy']],
    ['MobileBertForMaskedLM/untied', 'txt', words, ['perplexity', 'masked_accuracy']],
    ['AlbertForPreTraining', 'txt', words, ['perplexity', 'masked_accuracy']],
    ['DistilBertForQuestionAnswering', 'json', squad, ['exact_match', 'span_f1']],
    [
      'BertForTokenClassification',
      'conll',
      'word1\tO\nword2\tB-place\n\nword3\tB-place\nword4\tI-place\n',
      ['entity_f1', 'tag_accuracy'],
    ],
  ] as const)('trains, by answers of the teacher too: %s', async (name, ending, content, metrics) => {
    const folder = make(name)
    const file = path.join(folder, 'new.distill')
    writeFileSync(file, newSpec(folder, file).text)
    for (const split of ['train', 'validation'])
      writeFileSync(path.join(folder, `${split}.${ending}`), content)
    const steps: StepDone[] = []
    const scores: Score[] = []
    const trainer = trainerOf(programOf({ path: file }), path.join(folder, 'run'), {
      runner,
      observer: { step: (step) => steps.push(step), scored: ({ score }) => scores.push(score) },
      clock: () => 0,
    })
    await trainer.run()
    expect(steps).toHaveLength(3)
    for (const { terms } of steps) {
      expect([...terms.keys()]).toEqual(['hidden', 'answers'])
      for (const value of terms.values()) expect(value).toBeGreaterThan(0)
    }
    const own = scores.findLast(({ model }) => model === 'S')
    expect([...(own?.values.keys() ?? [])]).toEqual(metrics)
  })

  it('has no loss on answers that mean nothing, and says why', () => {
    const named = { id2label: { '0': 'NOUN', '1': 'VERB', '2': 'O' } }
    const speech = make('BertForTokenClassification', { config: named })
    const tags = newSpec(speech, path.join(speech, 'new.distill'))
    expect(tags.notes.at(-1)).toBe(
      'its labels are not O, B-X and I-X, as tags are (NOUN), so no loss reads its answers',
    )
    const { tensors } = layout('BertForMaskedLM')
    const bare = Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.startsWith('cls.')))
    const folder = make('BertForMaskedLM', { tensors: bare })
    const masked = newSpec(folder, path.join(folder, 'new.distill'))
    expect(masked.notes).toEqual([
      expect.stringContaining('BertForMaskedLM: 4 layers'),
      'the weights have no masked_lm, so no loss reads its answers',
    ])
    const wider = newSpec(make('BertForMaskedLM', {}, sizes.V - 1), path.join(folder, 'new.distill')).text
    expect(wider).toContain('vocabulary = 40')
    expect(wider).not.toContain('evaluate')
    for (const { text } of [tags, masked]) expect(text).toContain('minimize hidden\n')
  })

  it('TinyBERT: a projection in the file, no model_type, gamma and beta, an unused head', () => {
    const { tensors, config } = layout('BertForSequenceClassification')
    const old = Object.entries(tensors).map(([name, shape]) => [
      name.includes('LayerNorm') ? name.replace(/weight$/, 'gamma').replace(/bias$/, 'beta') : name,
      shape,
    ])
    const more = {
      'fit_dense.weight': [16, 8],
      'fit_dense.bias': [16],
      'bert.embeddings.position_ids': [1, 12],
    }
    const { model_type: _, ...rest } = config
    const folder = writeFolder(mkdtempSync(path.join(root, 'tiny-')), 'BertForSequenceClassification', {
      config: rest,
      tensors: { ...Object.fromEntries(old), ...more },
    })
    const { text, notes } = newSpec(folder, path.join(folder, 'spec.distill'))
    expect(text).toContain('classifier(texts.label, before = relu)')
    expect(notes[1]).toBe('in the weights, not used: fit_dense.weight, fit_dense.bias')
    const score = layout('BertForSequenceClassification/regression')
    const scored = writeFolder(mkdtempSync(path.join(root, 'tiny-')), 'BertForSequenceClassification', {
      config: score.config,
      tensors: { ...score.tensors, ...more },
    })
    expect(newSpec(scored, path.join(scored, 'spec.distill')).text).toContain('regressor(before = relu)')
  })
})

describe('files under older names', () => {
  const stored = (folder: string, seed: number): Map<string, readonly number[]> => {
    const file = path.join(folder, 'new.distill')
    writeFileSync(file, newSpec(folder, file).text)
    const { program } = checkFile(file)
    if (program === undefined) throw new Error('no program')
    const store = new ParameterStore()
    new Initialiser(program, store, { seed }).instance('T')
    return new Map([...store.keys()].map((key) => [key, [...store.get(key).data]]))
  }
  it.each([
    'BertForSequenceClassification',
    'DistilBertForSequenceClassification',
    'AlbertForSequenceClassification',
  ])('%s: gamma and beta, no prefix, a buffer of positions: the same values', (name) => {
    const folder = make(name)
    const tensors = readSafetensors(path.join(folder, 'model.safetensors'))
    const older = [...tensors].map(([tensor, value]) => {
      const bare = tensor.replace(/^(bert|distilbert|albert)\./, '')
      const old = /layer_?norm/i.test(bare) ? bare.replace(/weight$/, 'gamma').replace(/bias$/, 'beta') : bare
      return [old, value] as const
    })
    expect(older.some(([tensor]) => tensor === 'embeddings.LayerNorm.gamma')).toBe(true)
    const old = make(name)
    const positions = { shape: [1, sizes.P], data: Int32Array.from({ length: sizes.P }, (_, k) => k) }
    writeSafetensors(
      path.join(old, 'model.safetensors'),
      new Map<string, WrittenTensor>([...older, ['embeddings.position_ids', positions]]),
    )
    const values = stored(folder, 1)
    const prefix = name.slice(0, name.indexOf('For')).toLowerCase()
    expect(values.get('T.embedding.norm.scale')).toEqual([
      ...(tensors.get(`${prefix}.embeddings.LayerNorm.weight`)?.data ?? []),
    ])
    // Another seed: what were not read would differ.
    expect(stored(old, 2)).toEqual(values)
  })
})

describe('folders that cannot be used', () => {
  const name = 'BertForSequenceClassification'
  it.each([
    [
      'another architecture',
      { model_type: 'gpt2' },
      'its model_type is "gpt2"; bert, distilbert, albert, mobilebert can be read',
    ],
    ['an activation', { hidden_act: 'swish' }, 'its hidden_act is "swish", which is not in the language'],
    [
      'positions',
      { position_embedding_type: 'relative_key' },
      'its position_embedding_type is "relative_key"',
    ],
    ['a size', { hidden_size: -8 }, 'its hidden_size is -8'],
    ['an absurd size', { vocab_size: 1e300 }, 'its vocab_size is 1e+300'],
    ['labels', { id2label: { '0': 'a', '2': 'b' } }, 'its id2label does not name the labels'],
    ['heads', { num_attention_heads: 3 }, 'makes no model'],
    ['more layers', { num_hidden_layers: 5 }, 'no tensor for layer[5].attention.query.weight'],
    ['another width', { intermediate_size: 24 }, 'the shape [24, 8], the weights have [20, 8]'],
    [
      'another family',
      { model_type: 'distilbert', dim: 8, n_layers: 4, n_heads: 2, hidden_dim: 20 },
      'no tensor for embedding.word.weight',
    ],
  ])('%s', (_, config, message) => {
    const text = messageOf(make(name, { config }))
    expect(text).toMatch(/^E0930/)
    expect(text).toContain(message)
  })
  it.each([
    [
      'no bottleneck',
      { use_bottleneck: false },
      'its use_bottleneck is false; std/mobilebert.distill has only true',
    ],
    [
      'no trigrams',
      { trigram_input: false },
      'its trigram_input is false; std/mobilebert.distill has only true',
    ],
    [
      'another normalisation',
      { normalization_type: 'rms' },
      'no model of std/ has its normalization_type "rms"',
    ],
    [
      'two epsilons',
      { normalization_type: 'layer_norm' },
      'its epsilon is 1e-12, and the LayerNorms of embeddings and of feed-forward networks are built with 1e-5',
    ],
    ['an embedding that is no quarter', { embedding_size: 4 }, 'makes no model'],
  ])('MobileBERT with %s', (_, config, message) => {
    const text = messageOf(make('MobileBertForMaskedLM', { config }))
    expect(text).toMatch(/^E0930/)
    expect(text).toContain(message)
  })
  it('a vocabulary of another model', () => {
    expect(messageOf(make(name, {}, sizes.V + 1))).toContain(
      'its vocabulary has 41 pieces, but vocab_size in config.json is 40',
    )
  })
  it('a missing tensor, a missing file, no JSON', () => {
    const folder = make(name)
    const { 'bert.pooler.dense.bias': _, ...rest } = layout(name).tensors
    writeTensors(path.join(folder, 'model.safetensors'), rest)
    expect(messageOf(folder)).toContain('no tensor for pooler.bias')
    writeFileSync(path.join(folder, 'config.json'), '[]')
    expect(messageOf(folder)).toContain('it is no JSON object')
    rmSync(path.join(folder, 'config.json'))
    expect(messageOf(folder)).toContain('it has no config.json')
    expect(messageOf(path.join(root, 'nowhere'))).toContain('it is not there')
  })
  it('any JSON gives a spec or one of these errors', () => {
    const folder = make(name)
    const whole: Record<string, unknown> = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'))
    const key = fc.constantFrom(
      ...Object.keys(whole),
      'hidden_act',
      'num_labels',
      'problem_type',
      '__proto__',
    )
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 2 }), (changed, value) => {
        writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...whole, [changed]: value }))
        try {
          newSpec(folder, path.join(folder, 'x.distill'))
        } catch (error) {
          expect(error).toBeInstanceOf(DiagnosticError)
        }
      }),
      { numRuns: 40 },
    )
  })
})
