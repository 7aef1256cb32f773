import { describe, expect, it } from 'vitest'
import { foreignNames, type NamePlace } from '../../src/diagnostics/foreign-names.ts'
import { checkFile } from '../../src/disk/check-file.ts'

/** What people write who know PyTorch and transformers: one error, at the place, whose help makes the spec right when it is followed. */
const base = `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"

data reviews {
  train = "train.tsv", validation = "dev.tsv", text = column("text"), label = class(column("label"), ["bad", "good"])
  tokenizer = wordpiece(size = 8000), max_length = 64
}
model large = bert_base with { vocabulary = reviews.vocabulary, layers = 6 }
model small = bert_base with { vocabulary = reviews.vocabulary, layers = 3, hidden_size = 192, heads = 3 }
teacher T : large { weights = "weights/large", heads { task = classifier(reviews.label) } }
student S : small { heads { task = classifier(reviews.label) } }
map g : small -> large = uniform
projection W : small.hidden_size -> large.hidden_size = linear
loss hidden = mean m in 1..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) }
loss soft = soften(S.task.logits, T.task.logits, temperature = 2)
loss hard = cross_entropy(S.task.logits, batch.label)
stage distil {
  minimize hidden + soft + hard
  data = reviews, budget = 3 epochs, batch = 32
  optimizer = adamw(rate = linear(5e-5, warmup = 10%), weight_decay = 0.01) except [**.bias, **.scale] { weight_decay = 0 }
  evaluate = [accuracy], keep = best(accuracy)
}
`

function errorsOf(text: string) {
  const reader = (path: string) => (path === 'spec.distill' ? text : undefined)
  return checkFile('spec.distill', { reader }).diagnostics.filter(({ severity }) => severity === 'error')
}

interface Mistake {
  /** A piece of the base. */
  readonly right: string
  /** What stands there instead. */
  readonly wrong: string
  readonly code: string
  /** The text that the error points at. */
  readonly at: string
  /** What its label or help says. */
  readonly says: string
  /** The piece after the help was followed, where it is not the right one again. A name in "did you mean" is put in by the test itself. */
  readonly followed?: string
}

const [vocabulary, sentence] = [
  'vocabulary = reviews.vocabulary, layers = 3',
  'S.task.logits, T.task.logits, temperature = 2',
]
const state = 'mse(W(S.hidden[m]), T.hidden[g(m)])'
const hard = 'cross_entropy(S.task.logits, batch.label)'
const rate = 'rate = linear(5e-5, warmup = 10%), weight_decay = 0.01'
const mistakes: readonly Mistake[] = [
  // config.json
  {
    right: 'layers = 3',
    wrong: 'num_hidden_layers = 3',
    code: 'E0107',
    at: 'num_hidden_layers',
    says: '`layers`',
  },
  {
    right: 'heads = 3',
    wrong: 'num_attention_heads = 3',
    code: 'E0107',
    at: 'num_attention_heads',
    says: '`heads`',
  },
  { right: 'hidden_size = 192', wrong: 'd_model = 192', code: 'E0107', at: 'd_model', says: '`hidden_size`' },
  {
    right: 'layers = 6',
    wrong: 'layers = 6, hidden_dropout_prob = 0.1',
    code: 'E0107',
    at: 'hidden_dropout_prob',
    says: '`hidden_dropout`',
  },
  {
    right: 'layers = 6',
    wrong: 'layers = 6, layer_norm_eps = 1e-5',
    code: 'E0107',
    at: 'layer_norm_eps',
    says: '`epsilon`',
  },
  {
    right: 'layers = 6',
    wrong: 'layers = 6, hidden_act = relu',
    code: 'E0107',
    at: 'hidden_act',
    says: '`activation`',
  },
  {
    right: 'layers = 6',
    wrong: 'layers = 6, max_position_embeddings = 64',
    code: 'E0107',
    at: 'max_position_embeddings',
    says: '`positions`',
  },
  {
    right: 'layers = 6',
    wrong: 'layers = 6, dropout = 0.1',
    code: 'E0107',
    at: 'dropout',
    says: 'hidden_dropout',
    followed: 'layers = 6, hidden_dropout = 0.1',
  },
  {
    right: vocabulary,
    wrong: vocabulary.replace('vocabulary = ', 'vocab_size = '),
    code: 'E0107',
    at: 'vocab_size',
    says: '`vocabulary`',
  },
  // The training loop
  { right: 'adamw(rate', wrong: 'AdamW(rate', code: 'E0710', at: 'AdamW', says: '`adamw`' },
  { right: 'rate = linear', wrong: 'lr = linear', code: 'E0711', at: 'lr', says: '`rate`' },
  {
    right: 'rate = linear',
    wrong: 'learning_rate = linear',
    code: 'E0711',
    at: 'learning_rate',
    says: '`rate`',
  },
  { right: 'rate = linear', wrong: 'rat = linear', code: 'E0711', at: 'rat', says: '`rate`' },
  {
    right: 'warmup = 10%',
    wrong: 'warmup_steps = 500',
    code: 'E0140',
    at: 'warmup_steps',
    says: 'warmup = 10%',
  },
  { right: rate, wrong: `${rate}, max_grad_norm = 1`, code: 'E0711', at: 'max_grad_norm', says: '`clip`' },
  { right: rate, wrong: `${rate}, eps = 1e-6`, code: 'E0711', at: 'eps', says: '`epsilon`' },
  {
    right: 'linear(5e-5, warmup = 10%)',
    wrong: 'cosine(5e-5)',
    code: 'E0101',
    at: 'cosine',
    says: 'rate = 5e-5 * (1 - progress)',
    followed: '5e-5 * (1 - progress)',
  },
  { right: 'batch = 32', wrong: 'batch_size = 32', code: 'E0140', at: 'batch_size', says: '`batch`' },
  {
    right: 'batch = 32',
    wrong: 'batch = 32, gradient_accumulation_steps = 4',
    code: 'E0140',
    at: 'gradient_accumulation_steps',
    says: 'microbatch = 8',
    followed: 'batch = 32, microbatch = 8',
  },
  {
    right: 'budget = 3 epochs',
    wrong: 'num_train_epochs = 3',
    code: 'E0140',
    at: 'num_train_epochs',
    says: 'budget = 3 epochs',
  },
  {
    right: 'budget = 3 epochs',
    wrong: 'max_steps = 300',
    code: 'E0140',
    at: 'max_steps',
    says: 'budget = 10_000 steps',
    followed: 'budget = 10_000 steps',
  },
  { right: 'budget = 3 epochs', wrong: 'budget = 3', code: 'E0142', at: '3', says: 'budget = 3 epochs' },
  {
    right: 'batch = 32',
    wrong: 'batch = 32, seed = 1',
    code: 'E0140',
    at: 'seed',
    says: '--seed 1',
    followed: 'batch = 32',
  },
  {
    right: 'keep = best(accuracy)',
    wrong: 'keep = best(accuracy), early_stopping_patience = 3',
    code: 'E0140',
    at: 'early_stopping_patience',
    says: '`patience`',
  },
  {
    right: 'keep = best(accuracy)',
    wrong: 'load_best_model_at_end = true',
    code: 'E0140',
    at: 'load_best_model_at_end',
    says: 'keep = best(accuracy)',
  },
  { right: 'evaluate = [accuracy]', wrong: 'evaluate = [acc]', code: 'E0716', at: 'acc', says: '`accuracy`' },
  {
    right: 'evaluate = [accuracy]',
    wrong: 'metrics = [accuracy]',
    code: 'E0140',
    at: 'metrics',
    says: '`evaluate`',
  },
  { right: 'minimize hidden', wrong: 'minimise hidden', code: 'E0005', at: 'minimise', says: '`minimize`' },
  {
    right: 'minimize hidden',
    wrong: 'loss = hidden',
    code: 'E0140',
    at: 'loss',
    says: 'minimize LOSS, without `=`',
  },
  {
    right: 'minimize hidden + soft + hard',
    wrong: 'minimize hidden, soft, hard',
    code: 'E0001',
    at: ',',
    says: 'add the losses with `+`',
  },
  {
    right: 'minimize hidden',
    wrong: 'minimize 0.5 hidden',
    code: 'E0006',
    at: 'hidden',
    says: '0.5 * hidden',
    followed: 'minimize 0.5 * hidden',
  },
  // Data
  {
    right: 'validation = "dev.tsv"',
    wrong: 'dev = "dev.tsv"',
    code: 'E0140',
    at: 'dev',
    says: '`validation`',
  },
  { right: 'label = class', wrong: 'labels = class', code: 'E0140', at: 'labels', says: '`label`' },
  {
    right: 'max_length = 64',
    wrong: 'max_seq_length = 64',
    code: 'E0140',
    at: 'max_seq_length',
    says: '`max_length`',
  },
  {
    right: 'max_length = 64',
    wrong: 'max_length = 64, padding = "max_length"',
    code: 'E0140',
    at: 'padding',
    says: 'pad = max_length',
    followed: 'max_length = 64, pad = max_length',
  },
  {
    right: 'wordpiece(size = 8000)',
    wrong: 'wordpiece(vocab_size = 8000)',
    code: 'E0140',
    at: 'vocab_size',
    says: '`size`',
  },
  {
    right: 'text = column("text")',
    wrong: 'text = "text"',
    code: 'E0142',
    at: '"text"',
    says: 'column("text")',
  },
  { right: '"train.tsv"', wrong: "'train.tsv'", code: 'E0002', at: "'", says: 'straight double quotes' },
  // Models and names
  {
    right: 'teacher T : large',
    wrong: 'teacher T = large',
    code: 'E0001',
    at: '{',
    says: 'teacher T : large',
  },
  {
    right: 'model small = bert_base',
    wrong: 'model small : bert_base',
    code: 'E0001',
    at: ':',
    says: 'model small = bert_base with',
  },
  {
    right: '"weights/large", heads',
    wrong: '"weights/large", head',
    code: 'E0118',
    at: 'head',
    says: '`heads`',
  },
  {
    right: 'weights = "weights/large"',
    wrong: 'from_pretrained = "weights/large"',
    code: 'E0118',
    at: 'from_pretrained',
    says: '`weights`',
  },
  {
    right: 'weights = "weights/large"',
    wrong: 'weights = "weights/large", requires_grad = False',
    code: 'E0118',
    at: 'requires_grad',
    says: 'leave this out',
  },
  {
    right: 'import { bert_base } from "std/bert.distill"',
    wrong: 'from std.bert import bert_base',
    code: 'E0005',
    at: 'from',
    says: 'import { bert_base } from "std/bert.distill"',
  },
  {
    right: 'import { bert_base } from "std/bert.distill"',
    wrong: 'import { bert_base } from "std/bert"',
    code: 'E0103',
    at: '"std/bert"',
    says: '"std/bert.distill"',
  },
  {
    right: 'import { soften } from "std/losses.distill"',
    wrong: '',
    code: 'E0101',
    at: 'soften',
    says: 'import { soften } from "std/losses.distill"',
  },
  {
    right: 'minimize hidden + soft',
    wrong: 'freeze T.embeddings\n  minimize hidden + soft',
    code: 'E0431',
    at: 'embeddings',
    says: '`embedding`',
  },
  // Losses
  { right: 'batch.label', wrong: 'labels', code: 'E0101', at: 'labels', says: 'batch.label' },
  { right: 'batch.label', wrong: 'batch.labels', code: 'E0609', at: 'labels', says: '`label`' },
  {
    right: 'S.task.logits, batch',
    wrong: 'S.logits, batch',
    code: 'E0115',
    at: 'logits',
    says: 'S.task.logits',
  },
  {
    right: 'S.task.logits, batch',
    wrong: 'S.task, batch',
    code: 'E0110',
    at: 'S.task',
    says: 'S.task.logits',
  },
  {
    right: sentence,
    wrong: sentence.replace('T.task.logits', 'T.task.logits.detach()'),
    code: 'E0115',
    at: 'detach',
    says: 'a teacher has no gradient',
  },
  {
    right: 'T.hidden[g(m)]',
    wrong: 'T.hidden[-1]',
    code: 'E0117',
    at: '-1',
    says: 'T.hidden[6]',
    followed: 'T.hidden[6]',
  },
  {
    right: 'T.hidden[g(m)]',
    wrong: 'T.hidden_states[g(m)]',
    code: 'E0115',
    at: 'hidden_states',
    says: '`hidden`',
  },
  { right: state, wrong: 'mse(S.hidden[m], T.hidden[g(m)])', code: 'E0312', at: 'S.hidden[m]', says: state },
  { right: 'mse(W', wrong: 'mse_loss(W', code: 'E0101', at: 'mse_loss', says: '`mse`' },
  { right: 'mse(W', wrong: 'nn.MSELoss(W', code: 'E0101', at: 'nn', says: 'mse(s, t)' },
  {
    right: state,
    wrong: 'mean((W(S.hidden[m]) - T.hidden[g(m)]) ** 2)',
    code: 'E0006',
    at: '**',
    says: 'x ^ 2',
    followed: 'mean((W(S.hidden[m]) - T.hidden[g(m)]) ^ 2)',
  },
  {
    right: state,
    wrong: 'mse(W(S.hidden[m])[:, 0], T.hidden[g(m)].first)',
    code: 'E0001',
    at: ':',
    says: '`.first`',
    followed: 'mse(W(S.hidden[m]).first, T.hidden[g(m)].first)',
  },
  {
    right: state,
    wrong: 'cosine_similarity(W(S.hidden[m]), T.hidden[g(m)])',
    code: 'E0101',
    at: 'cosine_similarity',
    says: 'cosine_distance(s, t)',
    followed: 'cosine_distance(W(S.hidden[m]), T.hidden[g(m)])',
  },
  {
    right: state,
    wrong: 'mse(W(S.hidden[m]), T.hidden[g(m)], reduction = "mean")',
    code: 'E0109',
    at: 'reduction',
    says: 'mean over live positions',
  },
  { right: '1..S.layers', wrong: '1..layers', code: 'E0101', at: 'layers', says: 'S.layers' },
  { right: '1..S.layers', wrong: 'range(1, 4)', code: 'E0101', at: 'range', says: '1..4', followed: '1..3' },
  {
    right: '= uniform',
    wrong: '= lambda m: 2 * m',
    code: 'E0006',
    at: 'm',
    says: 'm -> ...',
    followed: '= m -> 2 * m',
  },
  {
    right: sentence,
    wrong: sentence.replace('temperature', 'temprature'),
    code: 'E0109',
    at: 'temprature',
    says: '`temperature`',
  },
  {
    right: `soften(${sentence})`,
    wrong: 'kl_div(S.task.logits, T.task.logits)',
    code: 'E0101',
    at: 'kl_div',
    says: 'kl(S.task.logits, T.task.logits)',
    followed: 'kl(S.task.logits, T.task.logits)',
  },
  {
    right: `soften(${sentence})`,
    wrong: 'mse(softmax(S.task.logits, dim = -1), softmax(T.task.logits))',
    code: 'E0109',
    at: 'dim',
    says: 'over = class',
    followed: 'mse(softmax(S.task.logits, over = class), softmax(T.task.logits))',
  },
  {
    right: hard,
    wrong: 'cross_entropy(S.task.logits, batch.label, label_smoothing = 0.1)',
    code: 'E0109',
    at: 'label_smoothing',
    says: 'cross_entropy(S.task.logits, smooth(batch.label, 10%))',
    followed: 'cross_entropy(S.task.logits, smooth(batch.label, 10%))',
  },
  {
    right: hard,
    wrong: 'cross_entropy(S.task.logits, batch.label, weight = [1, 2])',
    code: 'E0109',
    at: 'weight',
    says: '`weights`',
  },
  { right: hard, wrong: `F.${hard}`, code: 'E0101', at: 'F', says: 'functions need no prefix' },
  {
    right: `loss hard = ${hard}`,
    wrong: `def hard(): ${hard}`,
    code: 'E0001',
    at: ':',
    says: 'loss hard = ...',
  },
  { right: 'loss hard', wrong: '# on the labels\nloss hard', code: 'E0002', at: '#', says: '`//`' },
  {
    right: 'map g : small -> large = uniform',
    wrong: 'map g = uniform',
    code: 'E0001',
    at: '=',
    says: 'map g : STUDENT_MODEL -> TEACHER_MODEL = uniform',
  },
  {
    right: 'projection W : small.hidden_size -> large.hidden_size = linear',
    wrong: 'projection W = linear(192, 768)',
    code: 'E0001',
    at: '=',
    says: 'projection W : STUDENT_MODEL.hidden_size -> TEACHER_MODEL.hidden_size = linear',
  },
]

describe('natural mistakes', () => {
  it('the spec without them is right', () => {
    expect(errorsOf(base)).toEqual([])
  })

  it.each(mistakes.map((mistake) => [mistake.wrong, mistake] as const))('%s', (_, mistake) => {
    const { right, wrong, code, at, says, followed } = mistake
    expect(base).toContain(right)
    const text = base.replace(right, () => wrong)
    const errors = errorsOf(text)
    expect(errors.map((error) => error.code)).toEqual([code])
    const [error] = errors
    const span = error?.span ?? { start: 0, end: 0 }
    expect(text.slice(span.start, span.end)).toBe(at)
    expect(`${error?.label ?? ''} ${error?.help ?? ''}`).toContain(says)
    const named = /^did you mean `([^`]+)`\?/.exec(error?.label ?? '')?.[1]
    const mended =
      named === undefined || followed !== undefined
        ? base.replace(right, () => followed ?? right)
        : text.slice(0, span.start) + named + text.slice(span.end)
    expect(errorsOf(mended).map((one) => one.message)).toEqual([])
  })

  it('inside functions and heads point to the calls that led there', () => {
    const inFunction = base.replace(
      /^loss hidden.*$/m,
      `def distance(a, b) = 2 * mse(a, b)
def moved(a, b) = distance(a, b) + 1
loss hidden = mean m in 1..S.layers { moved(S.hidden[m], T.hidden[g(m)]) }`,
    )
    const [error, ...more] = errorsOf(inFunction)
    expect(more).toEqual([])
    const texts = error?.secondary
      ?.filter(({ text }) => text === 'in this call')
      .map(({ span }) => inFunction.slice(span.start, span.end))
    expect(texts).toEqual(['distance(a, b)', 'moved(S.hidden[m], T.hidden[g(m)])'])
    expect(error?.help).toContain('projection W : small.hidden_size -> large.hidden_size = linear')
    expect(error?.help).toContain('write W(S.hidden[m]) instead of S.hidden[m]')

    const inHead = `${base.replace('student S : small { heads { task = classifier(', 'student S : small { heads { task = mine(')}
head mine(labels) {
  up = linear(output.first, hidden_size)
  logits = linear(upper, labels, axis = class)
}
`
    const [wrong, ...others] = errorsOf(inHead)
    expect(others).toEqual([])
    expect(wrong?.secondary?.map(({ span, text }) => [inHead.slice(span.start, span.end), text])).toEqual([
      ['mine(reviews.label)', 'in this call'],
    ])
  })
})

const modelValues: Readonly<Record<string, string>> = {
  vocab_size: 'reviews.vocabulary',
  hidden_act: 'relu',
  max_position_embeddings: '64',
  hidden_dropout_prob: '0.1',
  attention_probs_dropout_prob: '0.1',
  attention_dropout_prob: '0.1',
}

/** A spec with a name from elsewhere at a place. */
const specs: Readonly<Record<NamePlace, (name: string) => string>> = {
  model: (name) => base.replace('layers = 3', `${name} = ${modelValues[name] ?? 3}, layers = 3`),
  instance: (name) => base.replace('weights = "weights/large"', `${name} = 3, weights = "weights/large"`),
  data: (name) => base.replace('max_length = 64', `${name} = 64, max_length = 64`),
  tokenizer: (name) => base.replace('size = 8000', `${name} = 8000`),
  stage: (name) => base.replace('batch = 32', `batch = 32, ${name} = 3`),
  optimizer: (name) => base.replace('adamw(', `${name}(`),
  'optimizer argument': (name) => base.replace('weight_decay = 0.01', `${name} = 0.01`),
  'schedule argument': (name) => base.replace('warmup = 10%', `${name} = 10%`),
  argument: (name) => base.replace('T.task.logits, temperature = 2', `T.task.logits, ${name} = 2`),
  value: (name) => base.replace('batch.label', name),
  member: (name) => base.replace('T.hidden[g(m)]', `T.hidden[g(m)].${name}`),
  target: (name) => base.replace('batch.label', `batch.${name}`),
  metric: (name) => base.replace('[accuracy]', `[${name}]`),
  path: (name) => base.replace('minimize hidden', `freeze S.${name}\n  minimize hidden`),
  declaration: (name) => `${base}\n${name} something\n`,
}

describe('names from elsewhere', () => {
  const entries = Object.entries(foreignNames).flatMap(([name, meanings]) =>
    meanings.flatMap(({ at, ...meaning }) => at.map((place) => ({ name, place, ...meaning }))),
  )

  it('are many', () => {
    expect(Object.keys(foreignNames).length).toBeGreaterThanOrEqual(60)
  })

  it.each(entries)('$name ($place) is met by ours, not by a guess', ({ name, place, ours, help }) => {
    const errors = errorsOf(specs[place](name))
    expect(errors.map(({ code }) => code)).toHaveLength(1)
    const said = `${errors[0]?.label ?? ''} ${errors[0]?.help ?? ''}`
    if (help !== undefined) expect(said).toContain(help)
    // What ours names exists at that place, but for arguments and members, which differ from call to call; a help names it in words.
    if (ours !== undefined && help === undefined && place !== 'argument' && place !== 'member')
      expect(said).toContain(`\`${ours}\``)
    const guess = /did you mean `([^`]+)`/.exec(said)?.[1]
    expect([undefined, ours]).toContain(guess)
  })
})
