import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Tokenizer as RustTokenizer } from 'tokenizers'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { loadVocabulary } from '../../src/data/tokenizer/vocabulary.ts'
import { cannotExport } from '../../src/diagnostics/messages/transformers.ts'
import { headsOf, headsText, importsText, modelText } from '../../src/huggingface/class-spec.ts'
import { readSafetensors, readSafetensorsHeader } from '../../src/weights/safetensors.ts'
import { readConfig } from '../../src/weights/transformers/config-file.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { cased, Exporter } from './exporter.ts'
import { writeFolder } from './folders.ts'
import { layouts, sizes } from './layouts.ts'
import { mobile, small, spec } from './small-specs.ts'

const exporter = new Exporter(await createRunner('wasm'))
const { exported, ofText, root } = exporter
afterAll(() => exporter.close())

describe('each class', () => {
  it.each(Object.entries(layouts))(
    '%s: its tensors, values and settings come back',
    (name, { config, tensors }) => {
      const folder = writeFolder(mkdtempSync(path.join(root, 'from-')), name, { config, tensors })
      const model = readConfig(folder)
      const heads = headsOf(model, `${sizes.C}`)
      const inside = heads.length > 0 ? `, ${headsText(heads)}` : ''
      const text = `${importsText(model, heads)}\n${modelText('m', model, { pooler: model.modelClass.pooler, published: true })}\nstudent M : m { weights = "model.safetensors"${inside} }\n`
      const { to, modelClass, notes } = exported(text, path.join(folder, 's.distill'), model.labels)
      expect([modelClass, notes]).toEqual([name.split('/')[0], []])
      const written = readSafetensors(path.join(to, 'model.safetensors'))
      expect(Object.fromEntries([...written].map(([tensor, { shape }]) => [tensor, shape]))).toEqual(tensors)
      expect(written).toEqual(
        new Map([...readSafetensors(path.join(folder, 'model.safetensors'))].map(([k, v]) => [k, v])),
      )
      expect(readSafetensorsHeader(path.join(to, 'model.safetensors')).metadata.get('format')).toBe('pt')
      expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))).toMatchObject(config)
      expect(readConfig(to)).toEqual(model)
    },
  )
})

describe('what the class says otherwise', () => {
  it('repeats what is shared in part', () => {
    const { notes, to } = ofText(spec(`albert_base_ffn_shared with { ${small}, embedding_size = 6 }`))
    expect(notes).toEqual(['shared tensors are repeated: the class cannot share them'])
    const tensors = readSafetensors(path.join(to, 'model.safetensors'))
    const ffn = (group: number) =>
      tensors.get(`encoder.albert_layer_groups.${group}.albert_layers.0.ffn.weight`)
    expect(ffn(1)).toEqual(ffn(0))
    const query = (group: number) =>
      tensors.get(`encoder.albert_layer_groups.${group}.albert_layers.0.attention.query.weight`)
    expect(query(1)).not.toEqual(query(0))
    expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))).toMatchObject({
      num_hidden_groups: 2,
      hidden_act: 'gelu_new',
    })
  })
  it('multiplies factors out', () => {
    const { notes, to } = ofText(
      spec(`bert_base with { ${small}, factorize layer[*].ffn.up to 3, factorize embedding.word to 2 }`),
    )
    expect(notes).toEqual(['factorized matrices are multiplied out'])
    expect(
      readSafetensorsHeader(path.join(to, 'model.safetensors')).tensors.get(
        'encoder.layer.1.intermediate.dense.weight',
      )?.shape,
    ).toEqual([20, 8])
  })
  it('gives ALBERT without a map the identity, BERT without segments zeros', () => {
    const { to, notes } = ofText(spec(`albert_base with { ${small}, embedding_size = 8 }`))
    const tensors = readSafetensors(path.join(to, 'model.safetensors'))
    const map = tensors.get('encoder.embedding_hidden_mapping_in.weight')
    expect(Array.from(map?.data ?? [])).toEqual(Array.from({ length: 64 }, (_, k) => (k % 9 === 0 ? 1 : 0)))
    expect(tensors.get('encoder.embedding_hidden_mapping_in.bias')?.data).toEqual(new Float32Array(8))
    expect(notes).toEqual(['input, which the class has and the model not, changes nothing there'])
    const bare = ofText(spec(`bert_base with { ${small}, without embedding.type }`))
    expect(
      readSafetensors(path.join(bare.to, 'model.safetensors')).get('embeddings.token_type_embeddings.weight')
        ?.data,
    ).toEqual(new Float32Array(16))
  })
  it.each([
    ['bert_base', '', 'AlbertModel'],
    ['bert_base', 'heads { task = classifier(3) }', 'AlbertForSequenceClassification'],
    ['bert_base', 'heads { mlm = masked_lm(tied = embedding.word) }', 'AlbertForMaskedLM'],
    ['distilbert', 'heads { answer = span() }', 'AlbertForQuestionAnswering'],
  ])('writes %s with embeddings of another size as an ALBERT without sharing: %s', (model, heads, name) => {
    const { modelClass, notes, to } = ofText(spec(`${model} with { ${small}, embedding_size = 6 }`, heads))
    expect(modelClass).toBe(name)
    expect(notes[0]).toMatch(/^no class of (distil)?bert maps its embeddings .* with a group for each layer$/)
    expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))).toMatchObject({
      model_type: 'albert',
      num_hidden_groups: 2,
      embedding_size: 6,
      hidden_size: 8,
      hidden_act: 'gelu',
    })
    const prefix = heads === '' ? '' : 'albert.'
    const tensors = readSafetensors(path.join(to, 'model.safetensors'))
    const of = (tensor: string) => tensors.get(`${prefix}${tensor}`)
    expect(of('embeddings.word_embeddings.weight')?.shape).toEqual([40, 6])
    expect(of('encoder.embedding_hidden_mapping_in.weight')?.shape).toEqual([8, 6])
    const [first, second] = [0, 1].map((group) =>
      of(`encoder.albert_layer_groups.${group}.albert_layers.0.ffn.weight`),
    )
    expect([first?.shape, second?.shape]).toEqual([
      [20, 8],
      [20, 8],
    ])
    expect(first?.data).not.toEqual(second?.data)
  })
  it.each([
    ['bert_base', 'embedding_size = 6, share layer[*] in 1 group', '', 1, 6],
    ['bert_base', 'share layer[*] in 1 group', 'heads { task = classifier(3) }', 1, 8],
    [
      'distilbert',
      'layers = 4, share layer[*] in 2 groups',
      'heads { mlm = masked_lm(tied = embedding.word) }',
      2,
      8,
    ],
    ['albert_base', 'embedding_size = 6, groups = layers, share layer[*] in 1 group', '', 1, 6],
  ])('keeps the layers of %s with { %s } shared', (model, changes, heads, groups, embedding) => {
    const { modelClass, to } = ofText(spec(`${model} with { ${small}, ${changes} }`, heads))
    expect(modelClass).toMatch(/^Albert/)
    expect(JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))).toMatchObject({
      num_hidden_groups: groups,
      embedding_size: embedding,
    })
    const { tensors } = readSafetensorsHeader(path.join(to, 'model.safetensors'))
    const queries = [...tensors.keys()].filter((name) => name.endsWith('.query.weight'))
    expect(queries.length).toBe(groups)
  })
  it.each([
    ['bert_base', 'share layer[*].ffn in 1 group', '', 'BertModel'],
    [
      'bert_base',
      'share layer[*] in 1 group',
      'heads { order = sentence_order() }',
      'BertForNextSentencePrediction',
    ],
  ])(
    'repeats the layers of %s with { %s } where no class of ALBERT has them: %s',
    (model, changes, heads, name) => {
      const { modelClass, notes, to } = ofText(spec(`${model} with { ${small}, ${changes} }`, heads))
      expect([modelClass, notes]).toEqual([
        name,
        ['shared tensors are repeated: the class cannot share them'],
      ])
      const { tensors } = readSafetensorsHeader(path.join(to, 'model.safetensors'))
      expect([...tensors.keys()].filter((one) => one.endsWith('.query.weight')).length).toBe(2)
    },
  )
  it('keeps to the class asked for', () => {
    const asked = () =>
      ofText(spec(`bert_base with { ${small}, embedding_size = 6 }`), undefined, 'BertModel')
    expect(diagnosticMessage(asked)).toContain('embedding.word.weight is [40, 6], and [40, 8] in the class')
  })
  it('leaves out a pooler that the class has not', () => {
    const { modelClass, notes } = ofText(
      spec(`bert_base with { ${small}, activation = relu }`, 'heads { answer = span() }'),
    )
    expect(modelClass).toBe('BertForQuestionAnswering')
    expect(notes).toEqual(['not in the class, left out: pooler'])
  })
})

describe('several heads', () => {
  const heads = 'heads { task = classifier(3), again = classifier(2), answer = span() }'
  it('have a folder each, with what its class has of the model and nothing else', () => {
    const { to } = ofText(spec(`bert_base with { ${small} }`, heads), ['a', 'b', 'c'])
    expect(readdirSync(to).sort()).toEqual(['again', 'answer', 'task'])
    const tensors = (head: string) => {
      const names = readSafetensorsHeader(path.join(to, head, 'model.safetensors')).tensors.keys()
      return [...names].filter((name) => !name.startsWith('bert.e'))
    }
    expect(tensors('answer')).toEqual(['qa_outputs.weight', 'qa_outputs.bias'])
    const pooled = [
      'bert.pooler.dense.weight',
      'bert.pooler.dense.bias',
      'classifier.weight',
      'classifier.bias',
    ]
    expect([tensors('task'), tensors('again')]).toEqual([pooled, pooled])
    const classes = (head: string) =>
      Object.values(JSON.parse(readFileSync(path.join(to, head, 'config.json'), 'utf8')).id2label)
    expect([classes('task'), classes('again')]).toEqual([
      ['a', 'b', 'c'],
      ['LABEL_0', 'LABEL_1'],
    ])
    expect(readFileSync(path.join(to, 'task', 'README.md'), 'utf8')).not.toContain('again')
  })
  it('are in one folder where a class has them together', () => {
    const pretraining = 'heads { mlm = masked_lm(tied = embedding.word), order = sentence_order() }'
    expect(ofText(spec(`bert_base with { ${small} }`, pretraining)).modelClass).toBe('BertForPreTraining')
  })
})

describe('config.json', () => {
  const all = [
    ...['model_type', 'architectures', 'vocab_size', 'max_position_embeddings', 'initializer_range'],
    ...['pad_token_id', 'transformers_version', 'torch_dtype'],
  ]
  const bert = [
    ...['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'intermediate_size', 'hidden_act'],
    ...['hidden_dropout_prob', 'attention_probs_dropout_prob', 'type_vocab_size', 'layer_norm_eps'],
  ]
  // As the configuration class of each family writes them.
  it.each([
    ['bert_base', [...bert, 'classifier_dropout', 'position_embedding_type', 'use_cache']],
    [
      'distilbert',
      [
        ...['dim', 'n_layers', 'n_heads', 'hidden_dim', 'activation', 'dropout', 'attention_dropout'],
        ...['qa_dropout', 'seq_classif_dropout', 'sinusoidal_pos_embds'],
      ],
    ],
    [
      'albert_base',
      [
        ...[...bert, 'embedding_size', 'num_hidden_groups', 'inner_group_num', 'classifier_dropout_prob'],
        ...['bos_token_id', 'eos_token_id'],
      ],
    ],
    [
      'mobilebert',
      [
        ...bert.filter((key) => key !== 'position_embedding_type'),
        ...[
          'embedding_size',
          'trigram_input',
          'use_bottleneck',
          'intra_bottleneck_size',
          'classifier_dropout',
        ],
        ...['use_bottleneck_attention', 'key_query_shared_bottleneck', 'num_feedforward_networks'],
        ...['normalization_type', 'classifier_activation'],
      ],
    ],
  ])('of %s has every key of its class', (model, keys) => {
    const sizes = model === 'mobilebert' ? mobile : small
    const { to } = ofText(
      spec(`${model} with { ${sizes} }`, model === 'distilbert' ? '' : 'heads { answer = span() }'),
    )
    const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))
    expect(Object.keys(config).sort()).toEqual([...all, ...keys].sort())
    const { padding, classify, separate } = cased.vocabulary
    expect(config.pad_token_id).toBe(padding)
    if (model === 'albert_base')
      expect([config.bos_token_id, config.eos_token_id]).toEqual([classify, separate])
  })
})

describe("TinyBERT's own class", () => {
  const name = 'TinyBertForSequenceClassification'
  const withRelu = spec(`tinybert_4 with { ${small} }`, 'heads { task = classifier(3, before = relu) }')
  it('is written where it is asked for, in a folder that transformers does not take for one of BERT', () => {
    const { to, modelClass, notes } = ofText(withRelu, ['a', 'b', 'c'], name)
    expect([modelClass, notes.length, notes[0]]).toEqual([
      name,
      1,
      expect.stringContaining('pytorch_model.bin'),
    ])
    const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))
    expect([config.model_type, config.architectures]).toEqual(['tinybert', [name]])
    const tensors = readSafetensorsHeader(path.join(to, 'model.safetensors')).tensors
    expect([...tensors.keys()].filter((key) => !key.startsWith('bert.')).sort()).toEqual([
      'classifier.bias',
      'classifier.weight',
    ])
    const model = readConfig(to)
    expect([model.family.type, model.modelClass.name]).toEqual(['bert', name])
    expect(headsText(headsOf(model, '3'))).toBe('heads { task = classifier(3, before = relu) }')
  })
  it('is refused for another classifier, and for other heads', () => {
    const plain = spec(`tinybert_4 with { ${small} }`, 'heads { task = classifier(3) }')
    expect(diagnosticMessage(() => ofText(plain, undefined, name))).toMatch(
      /^E0931.*`task.logits` is computed otherwise in TinyBert/,
    )
    expect(diagnosticMessage(() => ofText(withRelu, undefined, 'BertModel'))).toContain(
      'with these heads it is no BertModel',
    )
  })
})

describe('what no class says', () => {
  it.each([
    [
      'TinyBERT’s relu',
      spec(`tinybert_4 with { ${small} }`, 'heads { task = classifier(3, before = relu) }'),
      '`task.logits` is computed otherwise in BertForSequenceClassification',
    ],
    [
      'another pooler',
      spec(
        `bert_base with { ${small}, pooler = mean(output, over = token) }`,
        'heads { task = classifier(3) }',
      ),
      'its pooler is not that of BertForSequenceClassification, which is a dense layer on the first token',
    ],
    [
      'heads that ALBERT has not, on embeddings of another size',
      spec(`distilbert with { ${small}, embedding_size = 6 }`, 'heads { task = first_token_classifier(3) }'),
      'no class of albert has exactly the heads first_token_classifier',
    ],
    [
      'another map of the embedding',
      spec(
        `bert_base with { ${small}, embedding_size = 6, input = tanh(linear(embedding.output, hidden_size)) }`,
      ),
      '`hidden[0]` is computed otherwise in AlbertModel',
    ],
    [
      'one of two heads',
      spec(`bert_base with { ${small} }`, 'heads { task = classifier(3, before = relu), answer = span() }'),
      '`task.logits` is computed otherwise in BertForSequenceClassification',
    ],
    [
      'IB-BERT’s epsilon',
      spec(`ib_bert_large with { ${small}, embedding_size = 2, inner_size = 6 }`),
      'its epsilon is 1e-12, and the LayerNorms of embeddings and of feed-forward networks are built with 1e-5',
    ],
    [
      'another reading of padding',
      spec(`mobilebert with { ${mobile}, embedding { live = if attended then word else 1 } }`),
      '`hidden[0]` is computed otherwise in MobileBertModel',
    ],
    [
      'another epsilon',
      spec(`distilbert with { ${small}, epsilon = 1e-5 }`),
      'its epsilon is 0.00001, and always 1e-12',
    ],
    [
      'another function',
      spec(`bert_base with { ${small}, activation = tanh }`),
      '`hidden[1]` is computed otherwise in BertModel',
    ],
    [
      'a vocabulary too small',
      spec(`bert_base with { ${small}, vocabulary = 39 }`),
      'its tokenizer has 40 pieces, its embedding 39',
    ],
    [
      'another architecture',
      `model m { vocabulary = 40\n word = lookup(tokens, vocabulary, 8)\n output = word }\nstudent M : m {}\n`,
      'its names of tensors are of no class',
    ],
  ])('%s', (_, text, message) => {
    const found = diagnosticMessage(() => ofText(text))
    expect(found).toMatch(/^E0931/)
    expect(found).toContain(message)
  })
  it('names the way that is always open', () => {
    const { help } = cannotExport({ model: 'M', problem: 'x' })
    expect(help).toContain('--onnx')
  })
  it('leaves nothing behind', () => {
    const left = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('partial'),
    )
    expect(left).toEqual([])
  })
})

describe('the other files', () => {
  it('the vocabulary reads back from each of them, cased as it was; the Rust library makes the same tokens', async () => {
    const { to } = ofText(
      spec(`distilbert with { ${small} }`, 'heads { task = first_token_classifier(3) }'),
      ['a', 'b', 'c'],
    )
    expect(readdirSync(to).sort()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ])
    for (const file of ['vocab.txt', 'tokenizer.json']) {
      const { vocabulary, normalization } = loadVocabulary(path.join(to, file))
      expect(vocabulary).toEqual(cased.vocabulary)
      expect(normalization).toEqual(cased.normalization)
    }
    const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))
    expect([config.id2label, config.label2id.c, config.pad_token_id]).toEqual([
      { '0': 'a', '1': 'b', '2': 'c' },
      2,
      0,
    ])
    const rust = RustTokenizer.fromFile(path.join(to, 'tokenizer.json'))
    const pair = await rust.encode('word1 word2 Word1', 'word3')
    const ours = [...cased.encode('word1 word2 Word1')]
    const { classify, separate } = cased.vocabulary
    expect(pair.getIds()).toEqual([classify, ...ours, separate, ...cased.encode('word3'), separate])
    expect(pair.getTypeIds()).toEqual([0, 0, 0, 0, 0, 1, 1])
    const card = readFileSync(path.join(to, 'README.md'), 'utf8')
    expect(card).toContain('| M | sst, validation | accuracy | 75.0 |')
    expect(card).not.toContain('50.0')
    expect(existsSync(path.join(to, 'class.distill'))).toBe(false)
  })
})
