import { describe, expect, it } from 'vitest'
import { rules } from '../../src/check/rules/index.ts'
import { checkFile } from '../../src/disk/check-file.ts'

/** Independent mistakes are all told in one run, each as if it were alone: no rule is silenced by what another part or rule reported. */
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
setting speed = 1
sweep { speed = [1, 2] }
def unused(x) = mean(x ^ 2)
stage warm {
  minimize hidden
  data = reviews, budget = 1 epochs, batch = 16, optimizer = adamw(rate = 1e-4)
}
stage distil after warm {
  minimize hidden + soft + hard
  train S, train W
  data = reviews, budget = 3 epochs, batch = 32
  optimizer = adamw(rate = linear(5e-5, warmup = 10%)) except [**.bias, **.scale] { weight_decay = 0 }
  evaluate = [accuracy], keep = best(accuracy)
}
`

interface Mistake {
  readonly right: string
  readonly wrong: string
  readonly code: string
}

const mistakes = {
  loss: {
    right: 'loss soft = soften(S.task.logits,',
    wrong: 'loss soft = soften(S.tsk.logits,',
    code: 'E0115',
  },
  tap: { right: 'T.hidden[g(m)]', wrong: 'T.hiden[g(m)]', code: 'E0115' },
  map: { right: 'large = uniform', wrong: 'large = [1, 2]', code: 'E0502' },
  optimizer: { right: 'warmup = 10%)) except', wrong: 'warmup = 10%), betas = 3) except', code: 'E0142' },
  rate: { right: 'linear(5e-5, warmup = 10%)', wrong: 'linear("5e-5", warmup = 10%)', code: 'E0110' },
  exception: { right: '{ weight_decay = 0 }', wrong: '{ weight_decay = "none" }', code: 'E0110' },
  metric: { right: '[accuracy]', wrong: '[acuracy]', code: 'E0716' },
  otherMetric: { right: '[accuracy]', wrong: '[accuracy, spearman]', code: 'E0731' },
  keep: { right: 'keep = best(accuracy)', wrong: 'keep = best(acuracy)', code: 'E0716' },
  budget: { right: 'budget = 3 epochs', wrong: 'budget = 3', code: 'E0142' },
  noBudget: { right: 'data = reviews, budget = 3 epochs,', wrong: 'data = reviews,', code: 'E0720' },
  microbatch: { right: 'batch = 32', wrong: 'batch = 32, microbatch = 5', code: 'E0714' },
  trainLine: { right: 'train S, train W', wrong: 'train S.layr[1], train W', code: 'E0431' },
  patience: { right: 'keep = best(accuracy)', wrong: 'patience = 2', code: 'E0720' },
  frozen: { right: 'train S, train W', wrong: 'freeze S, freeze W', code: 'E0708' },
  otherOptimizer: {
    right: 'optimizer = adamw(rate = 1e-4)',
    wrong: 'optimizer = adamv(rate = 1e-4)',
    code: 'E0710',
  },
  sweep: { right: 'speed = [1, 2]', wrong: 'speed = [1, 1]', code: 'E0124' },
  function: { right: 'mean(x ^ 2)', wrong: 'mean(y ^ 2)', code: 'E0101' },
  noTraining: { right: 'train = "train.tsv", ', wrong: '', code: 'E0733' },
  file: { right: 'validation = "dev.tsv"', wrong: 'validation = dev', code: 'E0142' },
  length: { right: 'max_length = 64', wrong: 'max_length = 600', code: 'E0376' },
} satisfies Record<string, Mistake>

type Name = keyof typeof mistakes

function codesOf(...names: readonly Name[]): string[] {
  const text = names.reduce((spec, name) => {
    const { right, wrong } = mistakes[name]
    expect(spec).toContain(right)
    return spec.replace(right, wrong)
  }, base)
  const reader = (path: string) => (path === 'spec.distill' ? text : undefined)
  const { diagnostics } = checkFile('spec.distill', { reader })
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
}

describe('alone', () => {
  it('the spec is right', () => expect(codesOf()).toEqual([]))
  it.each(Object.keys(mistakes) as Name[])('%s', (name) => {
    expect(codesOf(name)).toEqual([mistakes[name].code])
  })
})

/** Mistakes that have nothing to do with each other: what one says is right, the others read. */
const together: readonly (readonly Name[])[] = [
  ['loss', 'optimizer'],
  ['otherMetric', 'budget'],
  ['tap', 'metric', 'map'],
  ['microbatch', 'keep'],
  ['loss', 'budget'],
  ['loss', 'metric'],
  ['loss', 'microbatch'],
  ['loss', 'noBudget'],
  ['loss', 'exception'],
  ['loss', 'trainLine', 'rate'],
  ['loss', 'patience'],
  ['otherMetric', 'optimizer'],
  ['otherMetric', 'rate', 'microbatch'],
  ['otherMetric', 'length'],
  ['otherMetric', 'noBudget'],
  ['otherMetric', 'sweep', 'function'],
  ['tap', 'sweep', 'function', 'noTraining'],
  ['trainLine', 'budget', 'metric'],
  ['map', 'rate', 'budget'],
  ['length', 'exception', 'keep'],
  ['frozen', 'budget'],
  ['frozen', 'length', 'otherOptimizer'],
  ['frozen', 'microbatch', 'metric'],
]

describe('together', () => {
  it.each(together.map((names) => [names.join(', '), names] as const))('%s', (_, names) => {
    expect(codesOf(...names).sort()).toEqual(names.map((name) => mistakes[name].code).sort())
  })
})

/** What would only follow from a slip that is told: a metric cannot be measured where the data has no such labels, or its file is not known. */
describe('one slip is one error', () => {
  const counted = base.replaceAll('classifier(reviews.label)', 'classifier(2)')
  const errors = (right: string, wrong: string) => {
    expect(counted).toContain(right)
    const text = counted.replace(right, wrong)
    const reader = (path: string) => (path === 'spec.distill' ? text : undefined)
    const { diagnostics } = checkFile('spec.distill', { reader })
    return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  }
  it.each([
    [', label = class(column("label"), ["bad", "good"])', '', 'E0849'],
    ['class(column("label"), ["bad", "good"])', 'number(column("label"))', 'E0852'],
    ['["bad", "good"]', '["bad", "so", "good"]', 'E0851'],
    ['validation = "dev.tsv"', 'validation = 3', 'E0143'],
    [', label = class(column("label"), ["bad", "good"])', ', label = number(column(3))', 'E0142'],
    ['validation = "dev.tsv"', 'validatoin = "dev.tsv"', 'E0140'],
  ])('%s as %s', (right, wrong, code) => {
    expect(errors(right, wrong)).toEqual([code])
  })
})

describe('the list', () => {
  it('has each rule once', () => expect(new Set(rules).size).toBe(rules.length))
})

describe('beside an error', () => {
  const errorsAndWarnings = (text: string): string[] => {
    const reader = (path: string) => (path === 'spec.distill' ? text : undefined)
    return checkFile('spec.distill', { reader }).diagnostics.map(
      ({ code, severity }) => `${severity} ${code}`,
    )
  }
  it('warnings about other lines are reported', () => {
    const swapped = base.replace('soften(S.task.logits, T.task.logits', 'soften(T.task.logits, S.task.logits')
    expect(errorsAndWarnings(swapped)).toEqual(['warning E0680'])
    const wrong = swapped.replace('budget = 3 epochs', 'budget = 3')
    expect(errorsAndWarnings(wrong).sort()).toEqual(['error E0142', 'warning E0680'])
  })
  it('a metric that neither the head nor the labels have is reported, whatever is wrong with the data', () => {
    const other = base.replace('[accuracy]', '[spearman]')
    expect(errorsAndWarnings(other)).toEqual(['error E0731'])
    const broken = 'data broken { train = 3, text = column("text"), tokenizer = reviews.tokenizer }\n'
    expect(errorsAndWarnings(other + broken).sort()).toEqual(['error E0142', 'error E0731'])
    // The broken block might have held-out labels for accuracy.
    const held = base.replace('validation = "dev.tsv", ', '')
    expect(errorsAndWarnings(held)).toEqual(['error E0731'])
    expect(errorsAndWarnings(held + broken)).toEqual(['error E0142'])
    const labels = other.replaceAll('classifier(reviews.label)', 'classifier(3)')
    expect(errorsAndWarnings(labels).sort()).toEqual(['error E0731', 'error E0851'])
    // With numbers as labels, spearman is right and the head is wrong: one slip.
    const numbers = labels.replace('class(column("label"), ["bad", "good"])', 'number(column("label"))')
    expect(errorsAndWarnings(numbers)).toEqual(['error E0852'])
  })
  it('a student that an erroneous stage may have trained is not said to start at random', () => {
    const start = base
      .replace(
        'small = bert_base with { vocabulary = reviews.vocabulary, layers = 3, hidden_size = 192, heads = 3 }',
        'small = large',
      )
      .replace('map g : small -> large', 'map g : large -> large')
      .replace('small.hidden_size', 'large.hidden_size')
    const first = start.replace('minimize hidden\n', 'minimize cross_entropy(S.task.logits, batch.label)\n')
    // S learns alone first, so its start is no slip.
    expect(errorsAndWarnings(first)).toEqual([])
    expect(errorsAndWarnings(first.replace('budget = 1 epochs', 'budget = 1'))).toEqual(['error E0142'])
  })
})
