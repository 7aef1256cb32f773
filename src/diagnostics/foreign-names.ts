/**
 * Names from PyTorch, transformers and their trainers, with their counterparts in this language. An unknown
 * name is looked up here before the nearest name is guessed. The nearest name is often unrelated: nothing
 * similar to `hidden_act` means an activation.
 */
import { type Hint, suggest } from './suggest.ts'

/** The kind of place where an unknown name stands. */
export type NamePlace =
  | 'model' // what `with` changes
  | 'instance' // a teacher or a student
  | 'data'
  | 'tokenizer'
  | 'stage'
  | 'optimizer' // after `optimizer =`
  | 'optimizer argument'
  | 'schedule argument'
  | 'argument' // of a function or a head
  | 'value' // a name in an expression
  | 'member' // after a dot
  | 'target' // after `batch.`
  | 'metric'
  | 'path' // of parameters: train, freeze, init
  | 'declaration' // the first word of a line

interface ForeignName {
  readonly at: readonly NamePlace[]
  /** The name here, if it has the same meaning and takes the same value. */
  readonly ours?: string
  readonly help?: string
  /** The missing setting that it stands for: `epochs = 3` stands for a budget. */
  readonly standsFor?: string
}

const model = (ours: string, help?: string): ForeignName => ({
  at: ['model'],
  ours,
  ...(help ? { help } : {}),
})
const stage = (standsFor: string, help: string): ForeignName => ({ at: ['stage'], standsFor, help })
const value = (help: string): ForeignName => ({ at: ['value'], help })
const member = (help: string): ForeignName => ({ at: ['member'], help })

const dropouts = 'a model has hidden_dropout and attention_dropout'
const frozen = 'only what a stage trains changes: leave this out, or write `freeze PATH` in the stage'
const noGradient = 'a teacher has no gradient; for anything else: constant(x)'
const perUnit =
  'a loss is a mean over live positions; `per (AXES)` changes its divisor, and `sum(x, over = AXIS)` adds up an axis'
const axes = 'axes have names: `over = unit`, `over = token`, `over = class`'
const crossEntropy = 'cross_entropy(S.task.logits, batch.label)'
const kl =
  'the student comes first, and kl takes logits: kl(S.task.logits, T.task.logits); with a temperature: soften(s, t, temperature = 2)'
const epochs = 'budget = 3 epochs'
const steps = 'budget = 10_000 steps'
const every = 'a stage is saved when it is evaluated: every = 500 steps'
const inputs = 'a model reads `tokens`, `segments`, `places` and `attended`'
const ranges = 'a range is written 1..4, both ends included'
const hiddenStates = 'the states after each layer are hidden[0] (the embedding) to hidden[layers]'
const noReshape = 'split(x, n) cuts an axis into heads, join(x) puts them together again'
const seeds = 'the seed belongs to the run: distill train SPEC --seed 1, or --seeds 3'
const precision = 'the number format belongs to a model: student S : MODEL { precision = bf16 }'

/** By foreign name. A name with several meanings has one entry for each kind of place. */
export const foreignNames: Readonly<Record<string, readonly ForeignName[]>> = {
  // config.json of transformers
  num_hidden_layers: [model('layers')],
  n_layers: [model('layers')],
  n_layer: [model('layers')],
  num_layers: [model('layers')],
  num_attention_heads: [model('heads')],
  n_heads: [model('heads')],
  n_head: [model('heads')],
  num_heads: [model('heads')],
  d_model: [model('hidden_size')],
  dim: [model('hidden_size'), { at: ['argument'], help: axes }],
  hidden_dim: [model('intermediate_size', 'the size of the states is hidden_size')],
  n_embd: [model('hidden_size')],
  ffn_dim: [model('intermediate_size')],
  d_ff: [model('intermediate_size')],
  vocab_size: [model('vocabulary'), { at: ['tokenizer'], ours: 'size' }],
  type_vocab_size: [model('types')],
  max_position_embeddings: [model('positions')],
  hidden_act: [model('activation')],
  layer_norm_eps: [model('epsilon')],
  hidden_dropout_prob: [model('hidden_dropout')],
  attention_probs_dropout_prob: [model('attention_dropout')],
  attention_dropout_prob: [model('attention_dropout')],
  dropout: [{ at: ['model'], help: dropouts }],
  num_labels: [
    { at: ['argument'], ours: 'labels' },
    { at: ['model'], help: 'labels belong to a head: heads { task = classifier(2) }' },
  ],
  num_classes: [{ at: ['argument'], ours: 'labels' }],

  // Data
  train_file: [{ at: ['data'], ours: 'train' }],
  validation_file: [{ at: ['data'], ours: 'validation' }],
  valid: [{ at: ['data'], ours: 'validation' }],
  eval: [{ at: ['data'], ours: 'validation' }],
  dev: [{ at: ['data'], ours: 'validation' }],
  labels: [
    { at: ['data', 'target'], ours: 'label' },
    {
      at: ['value'],
      help: 'the labels of a batch are batch.label (a class or a number), batch.tags or batch.original',
    },
  ],
  max_seq_length: [{ at: ['data'], ours: 'max_length' }],
  max_seq_len: [{ at: ['data'], ours: 'max_length' }],
  model_max_length: [{ at: ['data'], ours: 'max_length' }],
  truncation: [{ at: ['data'], help: 'texts are always cut at max_length' }],
  padding: [{ at: ['data'], help: 'pad = longest (the default) or pad = max_length' }],
  mlm_probability: [{ at: ['data'], help: 'mask { probability = 15% }' }],
  doc_stride: [{ at: ['data'], help: 'label = span(stride = 128)' }],
  shuffle: [
    {
      at: ['data'],
      help: 'training data is always shuffled; group = none does so without grouping by length',
    },
  ],
  sep: [{ at: ['data'], help: 'format = tsv or format = csv' }],
  delimiter: [{ at: ['data'], help: 'format = tsv or format = csv' }],

  // TrainingArguments and the training loop
  batch_size: [{ at: ['stage'], ours: 'batch' }],
  train_batch_size: [{ at: ['stage'], ours: 'batch' }],
  per_device_train_batch_size: [{ at: ['stage'], ours: 'batch' }],
  per_device_eval_batch_size: [{ at: ['stage'], help: 'evaluation uses `batch` too; leave this out' }],
  gradient_accumulation_steps: [
    stage(
      'microbatch',
      'batch is what the optimizer sees; microbatch = 8 computes 8 of its examples at once',
    ),
  ],
  accumulation_steps: [
    stage(
      'microbatch',
      'batch is what the optimizer sees; microbatch = 8 computes 8 of its examples at once',
    ),
  ],
  epochs: [stage('budget', epochs)],
  num_epochs: [stage('budget', epochs)],
  num_train_epochs: [stage('budget', epochs)],
  max_steps: [stage('budget', steps)],
  steps: [stage('budget', steps)],
  loss: [stage('minimize', 'write minimize LOSS, without `=`')],
  minimize: [stage('minimize', 'write minimize LOSS, without `=`')],
  lr: [{ at: ['optimizer argument'], ours: 'rate' }, stage('optimizer', 'optimizer = adamw(rate = 5e-5)')],
  learning_rate: [
    { at: ['optimizer argument'], ours: 'rate' },
    stage('optimizer', 'optimizer = adamw(rate = 5e-5)'),
  ],
  scheduler: [
    stage('optimizer', 'the schedule is the rate: optimizer = adamw(rate = linear(5e-5, warmup = 10%))'),
  ],
  lr_scheduler_type: [
    stage('optimizer', 'the schedule is the rate: optimizer = adamw(rate = linear(5e-5, warmup = 10%))'),
  ],
  warmup_steps: [
    { at: ['schedule argument'], standsFor: 'warmup', help: 'warmup is a share of the stage: warmup = 10%' },
    stage('optimizer', 'optimizer = adamw(rate = linear(5e-5, warmup = 10%))'),
  ],
  num_warmup_steps: [
    { at: ['schedule argument'], standsFor: 'warmup', help: 'warmup is a share of the stage: warmup = 10%' },
  ],
  warmup_ratio: [
    { at: ['schedule argument'], ours: 'warmup' },
    stage('optimizer', 'optimizer = adamw(rate = linear(5e-5, warmup = 10%))'),
  ],
  warmup_proportion: [{ at: ['schedule argument'], ours: 'warmup' }],
  eps: [{ at: ['optimizer argument'], ours: 'epsilon' }],
  adam_epsilon: [{ at: ['optimizer argument'], ours: 'epsilon' }],
  beta1: [{ at: ['optimizer argument'], help: 'betas = [0.9, 0.999]' }],
  adam_beta1: [{ at: ['optimizer argument'], help: 'betas = [0.9, 0.999]' }],
  max_grad_norm: [
    { at: ['optimizer argument'], ours: 'clip' },
    stage('optimizer', 'clip belongs to the optimizer: adamw(rate = 5e-5, clip = 1)'),
  ],
  clip_grad_norm: [
    { at: ['optimizer argument'], ours: 'clip' },
    stage('optimizer', 'clip belongs to the optimizer: adamw(rate = 5e-5, clip = 1)'),
  ],
  weight_decay: [
    stage('optimizer', 'weight decay belongs to the optimizer: adamw(rate = 5e-5, weight_decay = 0.01)'),
  ],
  no_decay: [
    {
      at: ['optimizer argument'],
      help: 'after the optimizer: except [**.bias, **.scale] { weight_decay = 0 }',
    },
  ],
  Adam: [{ at: ['optimizer'], ours: 'adam' }],
  AdamW: [{ at: ['optimizer'], ours: 'adamw' }],
  adamw_torch: [{ at: ['optimizer'], ours: 'adamw' }],
  SGD: [{ at: ['optimizer'], ours: 'sgd' }],
  BertAdam: [{ at: ['optimizer'], ours: 'bert_adam' }],
  metrics: [{ at: ['stage'], ours: 'evaluate' }],
  compute_metrics: [{ at: ['stage'], ours: 'evaluate' }],
  metric_for_best_model: [stage('keep', 'keep = best(accuracy)')],
  load_best_model_at_end: [stage('keep', 'keep = best(accuracy)')],
  save_total_limit: [stage('keep', 'keep = last(3)')],
  early_stopping_patience: [{ at: ['stage'], ours: 'patience' }],
  eval_steps: [stage('every', 'every = 500 steps')],
  evaluation_strategy: [
    stage('every', 'a stage is evaluated after each epoch; every = 500 steps does so more often'),
  ],
  eval_strategy: [
    stage('every', 'a stage is evaluated after each epoch; every = 500 steps does so more often'),
  ],
  save_steps: [stage('every', every)],
  logging_steps: [{ at: ['stage'], help: 'a run logs by itself, into metrics.jsonl; leave this out' }],
  output_dir: [{ at: ['stage'], help: 'the folder belongs to the run: distill train SPEC --out FOLDER' }],
  seed: [{ at: ['stage', 'instance'], help: seeds }],
  fp16: [{ at: ['stage'], help: precision }],
  bf16: [{ at: ['stage'], help: precision }],
  device: [
    { at: ['stage', 'instance'], help: 'the machine belongs to the run: distill train SPEC --backend NAME' },
  ],
  acc: [{ at: ['metric'], ours: 'accuracy' }],
  f1_macro: [{ at: ['metric'], ours: 'macro_f1' }],
  f1_micro: [{ at: ['metric'], ours: 'micro_f1' }],
  mcc: [{ at: ['metric'], ours: 'matthews' }],
  matthews_correlation: [{ at: ['metric'], ours: 'matthews' }],
  pearsonr: [{ at: ['metric'], ours: 'pearson' }],
  spearmanr: [{ at: ['metric'], ours: 'spearman' }],
  seqeval: [{ at: ['metric'], ours: 'entity_f1' }],
  em: [{ at: ['metric'], ours: 'exact_match' }],

  // Teachers and students
  head: [{ at: ['instance'], ours: 'heads' }],
  pretrained: [{ at: ['instance'], ours: 'weights' }],
  from_pretrained: [{ at: ['instance'], ours: 'weights' }],
  checkpoint: [{ at: ['instance'], ours: 'weights' }],
  init_from: [{ at: ['instance'], ours: 'weights' }],
  requires_grad: [{ at: ['instance'], help: frozen }],
  frozen: [{ at: ['instance'], help: frozen }],
  freeze: [{ at: ['instance'], help: frozen }],
  trainable: [{ at: ['instance'], help: frozen }],
  dtype: [{ at: ['instance'], ours: 'precision' }],
  torch_dtype: [{ at: ['instance'], ours: 'precision' }],
  embeddings: [{ at: ['path', 'member'], ours: 'embedding' }],
  encoder: [
    { at: ['path', 'member'], help: 'layers have no encoder around them: layer[*], or layer[3].attention' },
  ],
  layers: [{ at: ['path'], ours: 'layer' }],

  // Tensors
  detach: [member(noGradient)],
  no_grad: [value(noGradient)],
  stop_gradient: [value(noGradient)],
  item: [member('a loss is a tensor of the graph: use it as it is')],
  hidden_states: [{ at: ['member'], ours: 'hidden', help: hiddenStates }],
  all_hidden_states: [{ at: ['member'], ours: 'hidden', help: hiddenStates }],
  last_hidden_state: [{ at: ['member'], ours: 'output' }],
  pooler_output: [{ at: ['member'], ours: 'pooler' }],
  attentions: [{ at: ['member'], ours: 'probabilities', help: 'attention before its softmax is scores[m]' }],
  input_ids: [{ at: ['value'], ours: 'tokens', help: inputs }],
  token_type_ids: [{ at: ['value'], ours: 'segments', help: inputs }],
  attention_mask: [
    { at: ['value'], ours: 'attended', help: 'a loss skips padding by itself; `where any` reads it' },
  ],
  position_ids: [{ at: ['value'], ours: 'places', help: inputs }],
  logits: [
    { at: ['member'], help: 'logits belong to a head: S.NAME.logits, for heads { NAME = classifier(2) }' },
  ],
  shape: [member('size(x, unit) is the length of an axis')],
  view: [member(noReshape)],
  reshape: [member(noReshape), value(noReshape)],
  permute: [member('axes have names, so their order does not matter: leave this out')],
  transpose: [member('axes have names, so their order does not matter: leave this out')],
  T: [member('axes have names, so their order does not matter: dot(a, b) and a @ b find theirs')],
  squeeze: [member('an axis goes when it is reduced: sum(x, over = unit)')],
  unsqueeze: [member('axes are matched by name: leave this out')],
  cat: [value('concat(a, b) joins two tensors along an axis')],
  matmul: [value('a matrix product is written a @ b, or dot(a, b)')],
  bmm: [value('a matrix product is written a @ b, or dot(a, b)')],
  einsum: [value('a matrix product is written a @ b, or dot(a, b); axes are matched by name')],

  // Functions
  nn: [
    value(
      'the losses are mse(s, t), kl(s, t), cross_entropy(s, t), cosine_distance(s, t); layers are functions such as linear(x, size)',
    ),
  ],
  F: [value('functions need no prefix: mse(s, t), kl(s, t), cross_entropy(s, t), softmax(x), gelu(x)')],
  torch: [value('functions need no prefix: mean(x), softmax(x), abs(x)')],
  tf: [value('functions need no prefix: mean(x), softmax(x), abs(x)')],
  np: [value('functions need no prefix: mean(x), sqrt(x), abs(x)')],
  math: [value('functions need no prefix: sqrt(x), exp(x), log(x)')],
  MSELoss: [{ at: ['value'], ours: 'mse' }],
  mse_loss: [{ at: ['value'], ours: 'mse' }],
  l2_loss: [{ at: ['value'], ours: 'mse' }],
  l1_loss: [value('mean(abs(s - t))')],
  L1Loss: [value('mean(abs(s - t))')],
  KLDivLoss: [value(kl)],
  kl_div: [value(kl)],
  CrossEntropyLoss: [{ at: ['value'], ours: 'cross_entropy' }],
  nll_loss: [value(crossEntropy)],
  BCEWithLogitsLoss: [value('two classes are a class label: cross_entropy(S.task.logits, batch.label)')],
  binary_cross_entropy_with_logits: [
    value('two classes are a class label: cross_entropy(S.task.logits, batch.label)'),
  ],
  CosineEmbeddingLoss: [{ at: ['value'], ours: 'cosine_distance' }],
  cosine_embedding_loss: [{ at: ['value'], ours: 'cosine_distance' }],
  cosine_similarity: [value('cosine_distance(s, t) is 1 - the cosine, averaged')],
  cosine: [value('a schedule is an expression: rate = 5e-5 * (1 - progress), or linear(5e-5, warmup = 10%)')],
  layernorm: [{ at: ['value'], ours: 'layer_norm' }],
  LayerNorm: [{ at: ['value'], ours: 'layer_norm' }],
  Linear: [{ at: ['value'], ours: 'linear' }],
  Embedding: [{ at: ['value'], ours: 'lookup' }],
  Dropout: [{ at: ['value'], ours: 'dropout' }],
  norm: [value('sqrt(sum(x ^ 2, over = unit)); normalize(x) divides by it')],
  range: [value(ranges)],
  len: [value('S.layers is the number of layers, size(x, token) the length of an axis')],
  reduction: [{ at: ['argument'], help: perUnit }],
  axis: [{ at: ['argument'], help: axes }],
  weight: [{ at: ['argument'], ours: 'weights' }],
  label_smoothing: [
    { at: ['argument'], help: 'smooth the labels: cross_entropy(S.task.logits, smooth(batch.label, 10%))' },
  ],
  ignore_index: [
    {
      at: ['argument'],
      help: 'a mask selects positions: cross_entropy(S.mlm.logits, batch.original) where masked',
    },
  ],

  // First words of a line
  from: [{ at: ['declaration'], help: 'import { bert_base } from "std/bert.distill"' }],
  let: [{ at: ['declaration'], ours: 'setting' }],
  const: [{ at: ['declaration'], ours: 'setting' }],
  var: [{ at: ['declaration'], ours: 'setting' }],
  class: [{ at: ['declaration'], ours: 'model' }],
  function: [{ at: ['declaration'], ours: 'def' }],
  optimizer: [
    {
      at: ['declaration'],
      help: 'the optimizer belongs to a stage: stage learn { ..., optimizer = adamw(rate = 5e-5) }',
    },
  ],
  minimise: [
    { at: ['stage'], ours: 'minimize', standsFor: 'minimize', help: 'write minimize LOSS, without `=`' },
  ],
}

/** The meaning of an unknown name at a place: from the table, otherwise the nearest of `known`. */
export function hintFor(name: string, known: Iterable<string>, place: NamePlace): Hint {
  const foreign = foreignName(name, place)
  if (foreign === undefined) {
    const similar = suggest(name, known)
    return similar === undefined ? {} : { similar }
  }
  const ours = foreign.ours !== undefined && new Set(known).has(foreign.ours) ? foreign.ours : undefined
  return {
    ...(ours === undefined ? {} : { similar: ours }),
    ...(foreign.help === undefined ? {} : { help: foreign.help }),
  }
}

/** The setting that an unknown name stands for. Its absence is no second error. */
export function settingMeant(name: string, known: readonly string[], place: NamePlace): string | undefined {
  return foreignName(name, place)?.standsFor ?? hintFor(name, known, place).similar
}

function foreignName(name: string, place: NamePlace): ForeignName | undefined {
  return Object.hasOwn(foreignNames, name)
    ? foreignNames[name]?.find(({ at }) => at.includes(place))
    : undefined
}
