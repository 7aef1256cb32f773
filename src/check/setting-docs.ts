/** What the settings of blocks mean, for editors and for the tables of docs/language.md. */

export const formats = ['tsv', 'csv', 'jsonl', 'text', 'conll', 'squad', 'parquet', 'files'] as const

/** The kinds of blocks whose settings are listed here. */
export type BlockKind = 'data' | 'mask' | 'augment' | 'instance' | 'stage' | 'optimizer' | 'sweep'

export interface SettingDoc {
  /** One sentence. */
  readonly about: string
  /** What holds without it. Absent: it has to be given, or nothing holds. */
  readonly usual?: string
  /** The words that it takes, or forms of its value. */
  readonly values?: readonly string[]
}

/** Words of the language that are no names: masks, forms of maps, numbers of a stage. */
export const wordDocs: Readonly<Record<string, string>> = {
  attended: 'All tokens of a text, without padding.',
  masked: 'The tokens that are to be predicted.',
  first_piece: 'The first piece of each word, which has its tag.',
  any: 'All positions, padding included.',
  uniform:
    'Layer m of the student has layer m * N / M of the teacher. `round = floor` where that is no integer.',
  last: 'The last layers of the teacher.',
  progress: 'The share of the stage that is done: 0 at its first update, never 1.',
  step: 'The updates of the stage so far.',
  epoch: 'The epochs of the stage so far.',
  linear:
    'Of a rate: up from 0 during `warmup`, then down to 0 at the end of the stage. Of a projection: a matrix and a bias.',
  constant: 'Of a rate: the same throughout. Of a tensor: its value without its gradient.',
}

/** By kind of block and name. A test compares them with the settings that the checker reads. */
export const settingDocs: { readonly [Kind in BlockKind]: Readonly<Record<string, SettingDoc>> } = {
  data: {
    train: { about: 'Files of training examples: a path, a list of paths, or a pattern with `*`.' },
    validation: { about: 'Files of validation examples, or a share of the training examples: `20%`.' },
    test: { about: 'Files of test examples, or a share of the training examples.' },
    by: { about: 'The column whose equal values stay in one part when a share is taken.' },
    limit: { about: 'The largest number of training examples. Of more, a random sample is taken.' },
    seed: { about: 'The seed of shares and samples. It does not depend on the seed of a run.', usual: '0' },
    format: {
      about: 'The format of the files.',
      usual: 'by the ending of the file',
      values: formats,
    },
    columns: { about: 'Names of the columns of a table without a header line.', usual: 'the header line' },
    text: {
      about: 'The text of an example: a column, two columns, or raw text.',
      values: ['column("text")', '[column("first"), column("second")]', 'lines', 'documents'],
    },
    label: {
      about: 'The label of an example: a class, a number, tags of words, or an answer in the text.',
      values: ['class(column("label"))', 'number(column("score"))', 'tags(column("tags"))', 'span()'],
    },
    tokenizer: {
      about: 'A folder with a tokenizer, one that is trained on this text, or that of another block.',
      values: ['wordpiece(size = 8000)'],
    },
    max_length: { about: 'The largest number of tokens of a text. Longer ones are cut.', usual: '128' },
    pad: {
      about: 'How far texts of a batch are padded: to the longest of them, or to `max_length`.',
      usual: 'longest',
      values: ['longest', 'max_length'],
    },
    group: {
      about: 'Whether batches are made of texts of similar length, which saves padding.',
      usual: 'length',
      values: ['length', 'none'],
    },
  },
  mask: {
    probability: { about: 'The share of tokens that are to be predicted.', usual: '15%' },
    replace: {
      about: 'The shares of these that become `[MASK]`, stay, and become a random piece.',
      usual: '[80%, 10%, 10%]',
    },
    smoothing: { about: 'Draws frequent pieces less often, by this power of their frequency.' },
    whole_word: { about: 'Whether all pieces of a word are masked together.', usual: 'false' },
    ngrams: { about: 'The largest number of neighbouring words that are masked together.', usual: '1' },
    maximum: { about: 'The largest number of masked tokens of a text.' },
  },
  augment: {
    proposals: { about: 'A head for masked words of a teacher, which proposes words of one piece: `G.mlm`.' },
    vectors: { about: 'A file of word vectors, which proposes all other words.' },
    probability: { about: 'The share of words that are replaced.', usual: '40%' },
    candidates: { about: 'The number of words that are proposed for each.', usual: '15' },
    copies: { about: 'The largest number of copies of each text.', usual: '30' },
    beside_original: { about: 'Whether the text itself stays, too.', usual: 'true' },
  },
  instance: {
    weights: { about: 'A folder of transformers, or one file of weights, to start from.' },
    heads: { about: 'The heads of this model, by name.' },
    init: { about: 'Initial values of single parameters: from a distribution, or from another model.' },
    dropout: {
      about: 'Whether dropout stays on while no stage trains the model, as in the code of TinyBERT.',
      usual: 'off',
      values: ['on', 'off'],
    },
    precision: {
      about: 'The number format of products with weights.',
      usual: 'float32',
      values: ['float32', 'bf16', 'int8', 'auto'],
    },
    fidelity: {
      about: 'How closely a model in low precision must agree with itself in float32, from 0 to 1.',
    },
  },
  stage: {
    minimize: { about: 'The weighted sum of losses.' },
    train: { about: 'What is trained: a model, or parameters by a path. It may repeat.' },
    freeze: { about: 'What is not trained. It may repeat.' },
    continue: { about: '`continue optimizer` goes on with the moments and steps of the stage before.' },
    data: { about: 'The data block whose training examples are read.' },
    budget: {
      about: 'How long the stage lasts.',
      values: ['3 epochs', '10_000 steps'],
    },
    batch: { about: 'Examples of an update of the weights.', usual: '32' },
    microbatch: { about: 'Examples that are computed at once. It changes memory, not the result.' },
    partial: {
      about: 'What becomes of examples at the end of an epoch that do not fill a batch.',
      usual: 'keep',
      values: ['keep', 'drop'],
    },
    normalise: {
      about: 'Whether losses are divided by counts of the batch, or of each micro-batch.',
      usual: 'batch',
      values: ['batch', 'microbatch'],
    },
    optimizer: {
      about: 'The optimizer with its rate.',
      values: ['adamw', 'adam', 'sgd', 'bert_adam', 'lamb'].map(
        (name) => `${name}(rate = linear(5e-5, warmup = 10%))`,
      ),
    },
    evaluate: { about: 'The metrics of an evaluation: one, or a list.' },
    keep: {
      about: 'Which weights are kept: the best by a metric, and the last few.',
      values: ['best(accuracy)', 'last(3)'],
    },
    patience: { about: 'The stage ends after so many evaluations without a better `keep` metric.' },
    every: { about: 'The steps between evaluations.', usual: 'one at the end of each epoch' },
  },
  optimizer: {
    rate: {
      about: 'The learning rate: a number, a schedule, or an expression of `progress`, `step` and `epoch`.',
      values: ['linear(5e-5, warmup = 10%)', 'constant(5e-5)'],
    },
    betas: { about: 'The decay of the two moments.', usual: '[0.9, 0.999]' },
    epsilon: {
      about: 'Added to the root of the second moment.',
      usual: '1e-8; 1e-6 of bert_adam and lamb',
    },
    weight_decay: { about: 'The share of each weight that is taken away, times the rate.', usual: '0' },
    momentum: { about: 'Of sgd: the share of the last update that is kept.', usual: '0' },
    clip: {
      about: 'The largest norm of the gradient, of all parameters together; in `bert_adam`, of each.',
      usual: 'none; 1 of bert_adam',
    },
    trust: {
      about: 'Of lamb: whether updates are scaled by the ratio of norms.',
      usual: 'on',
      values: ['on', 'off'],
    },
    bias_correction: {
      about: 'Of lamb: whether moments are corrected for their start at 0.',
      usual: 'on',
      values: ['on', 'off'],
    },
  },
  /** The settings of the spec itself. */
  sweep: {},
}
