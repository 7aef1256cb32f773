/**
 * The classes of transformers that a model can be read from or exported as: the settings of a model of std/
 * for the keys of config.json, and the heads of each class. Names of tensors are beside each model in std/.
 * `otherwise` is transformers' default of an omitted key (configuration_bert.py, configuration_distilbert.py,
 * configuration_albert.py, configuration_mobilebert.py).
 */
import type { ModelInstance } from '../../check/program.ts'
import type { Term } from '../../check/tensor-term.ts'

export interface Size {
  /** The setting of the model. */
  readonly setting: string
  /** The key of config.json. */
  readonly key: string
  readonly otherwise: number
}
export type HeadKind =
  | 'classifier'
  | 'regressor'
  | 'first_token_classifier'
  | 'token_classifier'
  | 'span'
  | 'masked_lm'
  | 'mobilebert_masked_lm'
  | 'sentence_order'
export interface ModelClass {
  readonly name: string
  readonly heads: readonly HeadKind[]
  /** Whether the class has a pooler. */
  readonly pooler: boolean
  /** What its classifier applies to the pooled state. */
  readonly before?: 'relu'
  /**
   * Of a class that transformers does not have: the model_type of its config.json, which transformers
   * refuses, and who reads the folder.
   */
  readonly elsewhere?: { readonly type: string; readonly note: string }
}
/** A structure that keys of config.json choose. */
export interface Form {
  /** Key -> value, as written. */
  readonly keys: Readonly<Record<string, unknown>>
  /** Those of them that choose it when a file is read; absent: all. */
  readonly when?: Readonly<Record<string, unknown>>
  /** What the model of std/ needs to be built so. */
  readonly lines: readonly string[]
  readonly fits: (instance: ModelInstance) => boolean
  /** The only value of a setting with which the class computes what its code otherwise does in part. */
  readonly only?: { readonly setting: string; readonly value: number; readonly why: string }
}
/** The first of the forms is that of the model of std/; each names the same keys. */
export interface Choice {
  /** Is it about the pooler, which not every class has? */
  readonly pooler?: true
  /** What transformers takes for omitted keys. */
  readonly otherwise: Readonly<Record<string, unknown>>
  readonly forms: readonly [Form, ...Form[]]
}
export interface Family {
  readonly type: 'bert' | 'distilbert' | 'albert' | 'mobilebert'
  readonly library: string
  /** In the library. */
  readonly model: string
  readonly sizes: readonly Size[]
  /** The key that names the activation. */
  readonly activation: { readonly key: string; readonly otherwise: string }
  /** Other keys that the class reads. */
  readonly fixed: Readonly<Record<string, unknown>>
  /** Keys that the model of std/ has one value of only. */
  readonly only: readonly string[]
  readonly choices: readonly Choice[]
  /** The differences between the classes and the model of std/. */
  readonly published: readonly string[]
  readonly classes: readonly ModelClass[]
}

const bertSizes: readonly Size[] = [
  { setting: 'vocabulary', key: 'vocab_size', otherwise: 30_522 },
  { setting: 'positions', key: 'max_position_embeddings', otherwise: 512 },
  { setting: 'types', key: 'type_vocab_size', otherwise: 2 },
  { setting: 'layers', key: 'num_hidden_layers', otherwise: 12 },
  { setting: 'hidden_size', key: 'hidden_size', otherwise: 768 },
  { setting: 'heads', key: 'num_attention_heads', otherwise: 12 },
  { setting: 'intermediate_size', key: 'intermediate_size', otherwise: 3072 },
  { setting: 'hidden_dropout', key: 'hidden_dropout_prob', otherwise: 0.1 },
  { setting: 'attention_dropout', key: 'attention_probs_dropout_prob', otherwise: 0.1 },
  { setting: 'epsilon', key: 'layer_norm_eps', otherwise: 1e-12 },
  { setting: 'std', key: 'initializer_range', otherwise: 0.02 },
]
/** Sizes with the defaults of another class. */
const withDefaults = (defaults: Readonly<Record<string, number>>): readonly Size[] =>
  bertSizes.map((size) => ({ ...size, otherwise: defaults[size.key] ?? size.otherwise }))
const albertDefaults: Readonly<Record<string, number>> = {
  vocab_size: 30_000,
  hidden_size: 4096,
  num_attention_heads: 64,
  intermediate_size: 16_384,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
}
const mobilebertDefaults: Readonly<Record<string, number>> = {
  hidden_size: 512,
  num_hidden_layers: 24,
  num_attention_heads: 4,
  intermediate_size: 512,
  hidden_dropout_prob: 0,
}

/** What the scores and values of the first layer are made of. */
function madeOf(instance: ModelInstance, tap: 'query[1]' | 'value[1]'): Term | undefined {
  return instance.taps.get(tap)?.inputs[0]?.inputs[0]
}
const hasParameter = ({ parameters }: ModelInstance, path: string): boolean =>
  parameters.some((parameter) => parameter.path === path)

const mobilebertChoices: readonly Choice[] = [
  {
    otherwise: { use_bottleneck_attention: false, key_query_shared_bottleneck: true },
    forms: [
      {
        keys: { use_bottleneck_attention: false, key_query_shared_bottleneck: true },
        lines: [],
        fits: (instance) => hasParameter(instance, 'layer[1].bottleneck.shared.dense.weight'),
      },
      {
        keys: { use_bottleneck_attention: true, key_query_shared_bottleneck: false },
        when: { use_bottleneck_attention: true },
        lines: [
          'layer[m] {',
          '  bottleneck { without shared }',
          '  compared = bottleneck.input.norm',
          '  carried = bottleneck.input.norm',
          '}',
        ],
        fits: (instance) => madeOf(instance, 'value[1]') !== instance.taps.get('hidden[0]'),
      },
      {
        keys: { use_bottleneck_attention: false, key_query_shared_bottleneck: false },
        lines: ['layer[m] {', '  bottleneck { without shared }', '  compared = x', '}'],
        fits: (instance) => madeOf(instance, 'query[1]') === instance.taps.get('hidden[0]'),
      },
    ],
  },
  {
    otherwise: { normalization_type: 'no_norm' },
    forms: [
      { keys: { normalization_type: 'no_norm' }, lines: [], fits: normalisedBy('affine') },
      {
        keys: { normalization_type: 'layer_norm' },
        lines: ['normalised = x -> layer_norm(x, epsilon)'],
        fits: normalisedBy('layer_norm'),
        only: {
          setting: 'epsilon',
          value: 1e-5,
          why: 'the LayerNorms of embeddings and of feed-forward networks are built with 1e-5 in the code of MobileBERT, whatever layer_norm_eps is',
        },
      },
    ],
  },
  {
    pooler: true,
    otherwise: { classifier_activation: true },
    forms: [
      {
        keys: { classifier_activation: false },
        lines: [],
        fits: (instance) => !hasParameter(instance, 'pooler.weight'),
      },
      {
        keys: { classifier_activation: true },
        lines: ['pooler = tanh(linear(output.first, hidden_size))'],
        fits: (instance) => hasParameter(instance, 'pooler.weight'),
      },
    ],
  },
]

function normalisedBy(op: 'affine' | 'layer_norm'): Form['fits'] {
  return ({ taps }) => taps.get('hidden[1]')?.operation.op === op
}

export const albert: Family = {
  type: 'albert',
  library: 'std/bert.distill',
  model: 'albert_base',
  sizes: [
    ...withDefaults(albertDefaults),
    { setting: 'embedding_size', key: 'embedding_size', otherwise: 128 },
    { setting: 'groups', key: 'num_hidden_groups', otherwise: 1 },
  ],
  activation: { key: 'hidden_act', otherwise: 'gelu_new' },
  fixed: { inner_group_num: 1, classifier_dropout_prob: 0.1 },
  only: ['position_embedding_type', 'inner_group_num'],
  choices: [],
  published: [],
  classes: [
    { name: 'AlbertModel', heads: [], pooler: true },
    { name: 'AlbertForSequenceClassification', heads: ['classifier'], pooler: true },
    { name: 'AlbertForSequenceClassification', heads: ['regressor'], pooler: true },
    { name: 'AlbertForTokenClassification', heads: ['token_classifier'], pooler: false },
    { name: 'AlbertForQuestionAnswering', heads: ['span'], pooler: false },
    { name: 'AlbertForMaskedLM', heads: ['masked_lm'], pooler: false },
    { name: 'AlbertForPreTraining', heads: ['masked_lm', 'sentence_order'], pooler: true },
  ],
}

export const families: readonly Family[] = [
  {
    type: 'bert',
    library: 'std/bert.distill',
    model: 'bert_base',
    sizes: bertSizes,
    activation: { key: 'hidden_act', otherwise: 'gelu' },
    fixed: { classifier_dropout: null, position_embedding_type: 'absolute', use_cache: true },
    only: ['position_embedding_type'],
    choices: [],
    published: [],
    classes: [
      { name: 'BertModel', heads: [], pooler: true },
      { name: 'BertForSequenceClassification', heads: ['classifier'], pooler: true },
      { name: 'BertForSequenceClassification', heads: ['regressor'], pooler: true },
      {
        name: 'TinyBertForSequenceClassification',
        heads: ['classifier'],
        pooler: true,
        before: 'relu',
        elsewhere: {
          type: 'tinybert',
          note: "for TinyBERT's published code, not for transformers; it reads pytorch_model.bin: torch.save(safetensors.torch.load_file('model.safetensors'), 'pytorch_model.bin')",
        },
      },
      { name: 'BertForTokenClassification', heads: ['token_classifier'], pooler: false },
      { name: 'BertForQuestionAnswering', heads: ['span'], pooler: false },
      { name: 'BertForMaskedLM', heads: ['masked_lm'], pooler: false },
      { name: 'BertForPreTraining', heads: ['masked_lm', 'sentence_order'], pooler: true },
      { name: 'BertForNextSentencePrediction', heads: ['sentence_order'], pooler: true },
    ],
  },
  {
    type: 'distilbert',
    library: 'std/bert.distill',
    model: 'distilbert',
    sizes: [
      { setting: 'vocabulary', key: 'vocab_size', otherwise: 30_522 },
      { setting: 'positions', key: 'max_position_embeddings', otherwise: 512 },
      { setting: 'layers', key: 'n_layers', otherwise: 6 },
      { setting: 'hidden_size', key: 'dim', otherwise: 768 },
      { setting: 'heads', key: 'n_heads', otherwise: 12 },
      { setting: 'intermediate_size', key: 'hidden_dim', otherwise: 3072 },
      { setting: 'hidden_dropout', key: 'dropout', otherwise: 0.1 },
      { setting: 'attention_dropout', key: 'attention_dropout', otherwise: 0.1 },
      { setting: 'std', key: 'initializer_range', otherwise: 0.02 },
    ],
    activation: { key: 'activation', otherwise: 'gelu' },
    fixed: { qa_dropout: 0.1, seq_classif_dropout: 0.2, sinusoidal_pos_embds: false },
    only: [],
    choices: [],
    published: [],
    classes: [
      { name: 'DistilBertModel', heads: [], pooler: false },
      { name: 'DistilBertForSequenceClassification', heads: ['first_token_classifier'], pooler: false },
      { name: 'DistilBertForTokenClassification', heads: ['token_classifier'], pooler: false },
      { name: 'DistilBertForQuestionAnswering', heads: ['span'], pooler: false },
      { name: 'DistilBertForMaskedLM', heads: ['masked_lm'], pooler: false },
    ],
  },
  albert,
  {
    type: 'mobilebert',
    library: 'std/mobilebert.distill',
    model: 'mobilebert',
    sizes: [
      ...withDefaults(mobilebertDefaults),
      { setting: 'embedding_size', key: 'embedding_size', otherwise: 128 },
      { setting: 'inner_size', key: 'intra_bottleneck_size', otherwise: 128 },
      { setting: 'stacked', key: 'num_feedforward_networks', otherwise: 4 },
    ],
    activation: { key: 'hidden_act', otherwise: 'relu' },
    fixed: { use_bottleneck: true, trigram_input: true, classifier_dropout: null },
    only: ['use_bottleneck', 'trigram_input'],
    choices: mobilebertChoices,
    published: ['embedding { live = word }'],
    classes: [
      { name: 'MobileBertModel', heads: [], pooler: true },
      { name: 'MobileBertForSequenceClassification', heads: ['classifier'], pooler: true },
      { name: 'MobileBertForSequenceClassification', heads: ['regressor'], pooler: true },
      { name: 'MobileBertForTokenClassification', heads: ['token_classifier'], pooler: false },
      { name: 'MobileBertForQuestionAnswering', heads: ['span'], pooler: false },
      { name: 'MobileBertForMaskedLM', heads: ['mobilebert_masked_lm'], pooler: false },
      {
        name: 'MobileBertForPreTraining',
        heads: ['mobilebert_masked_lm', 'sentence_order'],
        pooler: true,
      },
      { name: 'MobileBertForNextSentencePrediction', heads: ['sentence_order'], pooler: true },
    ],
  },
]

/** Activations of the language -> the name in config.json, and other names of the same function there. */
export const activations: Readonly<Record<string, readonly string[]>> = {
  gelu: ['gelu', 'gelu_python'],
  gelu_tanh: ['gelu_new', 'gelu_pytorch_tanh', 'gelu_fast'],
  relu: ['relu'],
}
