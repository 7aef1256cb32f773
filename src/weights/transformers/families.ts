/**
 * The classes of transformers that a model can be read from or exported as: which keys of config.json are
 * which settings of std/bert.distill, and which heads make which class. Names of tensors are not here: they
 * stand beside each model in std/. What transformers takes for an omitted key is `otherwise`
 * (configuration_bert.py, configuration_distilbert.py, configuration_albert.py).
 */

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
export interface Family {
  readonly type: 'bert' | 'distilbert' | 'albert'
  /** In std/bert.distill. */
  readonly model: string
  readonly sizes: readonly Size[]
  /** The key that names the activation. */
  readonly activation: { readonly key: string; readonly otherwise: string }
  /** Other keys that the class reads. */
  readonly fixed: Readonly<Record<string, unknown>>
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
const albertDefaults: Readonly<Record<string, number>> = {
  vocab_size: 30_000,
  hidden_size: 4096,
  num_attention_heads: 64,
  intermediate_size: 16_384,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
}

export const families: readonly Family[] = [
  {
    type: 'bert',
    model: 'bert_base',
    sizes: bertSizes,
    activation: { key: 'hidden_act', otherwise: 'gelu' },
    fixed: { classifier_dropout: null, position_embedding_type: 'absolute', use_cache: true },
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
    classes: [
      { name: 'DistilBertModel', heads: [], pooler: false },
      { name: 'DistilBertForSequenceClassification', heads: ['first_token_classifier'], pooler: false },
      { name: 'DistilBertForTokenClassification', heads: ['token_classifier'], pooler: false },
      { name: 'DistilBertForQuestionAnswering', heads: ['span'], pooler: false },
      { name: 'DistilBertForMaskedLM', heads: ['masked_lm'], pooler: false },
    ],
  },
  {
    type: 'albert',
    model: 'albert_base',
    sizes: [
      ...bertSizes.map((size) => ({ ...size, otherwise: albertDefaults[size.key] ?? size.otherwise })),
      { setting: 'embedding_size', key: 'embedding_size', otherwise: 128 },
      { setting: 'groups', key: 'num_hidden_groups', otherwise: 1 },
    ],
    activation: { key: 'hidden_act', otherwise: 'gelu_new' },
    fixed: { inner_group_num: 1, classifier_dropout_prob: 0.1 },
    classes: [
      { name: 'AlbertModel', heads: [], pooler: true },
      { name: 'AlbertForSequenceClassification', heads: ['classifier'], pooler: true },
      { name: 'AlbertForSequenceClassification', heads: ['regressor'], pooler: true },
      { name: 'AlbertForTokenClassification', heads: ['token_classifier'], pooler: false },
      { name: 'AlbertForQuestionAnswering', heads: ['span'], pooler: false },
      { name: 'AlbertForMaskedLM', heads: ['masked_lm'], pooler: false },
      { name: 'AlbertForPreTraining', heads: ['masked_lm', 'sentence_order'], pooler: true },
    ],
  },
]

/** Activations of ours -> the name in config.json, and what else is the same function there. */
export const activations: Readonly<Record<string, readonly string[]>> = {
  gelu: ['gelu', 'gelu_python'],
  gelu_tanh: ['gelu_new', 'gelu_pytorch_tanh', 'gelu_fast'],
  relu: ['relu'],
}
