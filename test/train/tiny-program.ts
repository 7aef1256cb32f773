/** A program made by hand, without the checker: bag-of-words classifiers over made-up sentences, and data for them. */
import type {
  DataSpec,
  ModelInstance,
  ModelParameter,
  OptimizerSpec,
  Program,
  Stage,
} from '../../src/check/program.ts'
import type { Term, TermAxis, TermOperation } from '../../src/check/tensor-term.ts'
import { termFacts } from '../../src/check/term-facts.ts'
import { type BatchOptions, makeBatch, planEpoch, planEvaluation } from '../../src/data/batching.ts'
import type { Batch, Dataset, Example, SplitName } from '../../src/data/dataset.ts'
import type { RandomKey } from '../../src/graph/graph.ts'
import type { DataProvider, EpochPlan } from '../../src/train/feed.ts'

export const span = { file: 'tiny.distill', start: 0, end: 4 }
const vocabularySize = 24
const classes = 3

let nextId = 0
export function term(
  operation: TermOperation,
  inputs: Term[],
  axes: TermAxis[],
  type: Term['type'] = 'real',
): Term {
  return { id: nextId++, operation, inputs, axes, type, facts: termFacts(operation, inputs, axes), span }
}
const example: TermAxis = { axis: 'example', size: 'B' }
const token: TermAxis = { axis: 'token', size: 'L' }
const labelsAxis: TermAxis = {
  axis: 'class',
  size: classes,
  identity: { name: 'labels made_up.label', anonymous: false },
}
const number = (value: number): Term => term({ op: 'number', value }, [], [])
const label = (): Term => term({ op: 'input', name: 'batch.label' }, [], [example], 'integer')

function parameterTerm(owner: string, path: string, shape: readonly number[]): Term {
  return term({ op: 'parameter', parameter: { owner, path }, shape }, [], [])
}

export interface TinyModel {
  readonly instance: ModelInstance
  readonly logits: Term
  readonly keys: readonly string[]
}

/** embedding -> dropout -> mean over live tokens -> linear over classes. */
export function tinyModel(
  name: string,
  role: ModelInstance['role'],
  units: number,
  options: { copyOf?: { instance: string; stage: string }; from?: string; rate?: number } = {},
): TinyModel {
  const from = options.from ?? options.copyOf?.instance
  const shapes: [string, readonly number[], ModelParameter['kind']][] = [
    ['embedding.weight', [vocabularySize, units], 'lookup'],
    ['task.logits.weight', [classes, units], 'linear'],
    ['task.logits.bias', [classes], 'bias'],
  ]
  const parameters = shapes.map(
    ([path, shape, kind]): ModelParameter => ({
      path,
      canonical: path,
      shape,
      kind,
      part: path.startsWith('task') ? 'heads' : 'encoder',
      initial:
        from !== undefined
          ? { kind: 'copy', from: { owner: from, path } }
          : kind === 'bias'
            ? { kind: 'zeros' }
            : { kind: 'normal', deviation: 0.3 },
      span,
    }),
  )
  const unit: TermAxis = { axis: 'unit', size: units }
  const tokens = term({ op: 'input', name: 'tokens' }, [], [example, token], 'integer')
  const [table, weight, bias] = shapes.map(([path, shape]) => parameterTerm(name, path, shape))
  if (!table || !weight || !bias) throw new Error('three parameters')
  const words = term(
    { op: 'lookup', rows: { size: vocabularySize, origin: span } },
    [tokens, table],
    [example, token, unit],
  )
  const dropped = options.rate
    ? term(
        { op: 'dropout', rate: options.rate, site: `${name}.embedding`, owner: name },
        [words],
        [example, token, unit],
      )
    : words
  const pooled = term(
    { op: 'reduce', how: 'mean', over: 'token', live: 'attended' },
    [dropped],
    [example, unit],
  )
  const logits = term({ op: 'linear', out: 'class' }, [pooled, weight, bias], [example, labelsAxis])
  const instance: ModelInstance = {
    name,
    role,
    model: 'bag',
    parameters,
    taps: new Map([
      ['embedding', words],
      ['pooled', pooled],
      ['task.logits', logits],
    ]),
    heads: new Map([['task', { kind: 'classifier', span }]]),
    settings: new Map([['vocabulary', vocabularySize]]),
    functions: new Map(),
    bindings: new Map(),
    names: new Map(),
    dropout: true,
    precision: 'float32',
    ...(options.copyOf ? { copyOf: options.copyOf } : {}),
    span,
  }
  return { instance, logits, keys: shapes.map(([path]) => `${name}.${path}`) }
}

/** Mean cross-entropy with the labels. */
export function hardLoss(logits: Term): Term {
  const rows = term({ op: 'cross_entropy_labels', over: 'class' }, [logits, label()], [example])
  return meanOver('cross_entropy', rows)
}
/** KL(target || student). */
export function softLoss(student: Term, target: Term): Term {
  return meanOver('kl', term({ op: 'kl', over: 'class' }, [student, target], [example]))
}
function meanOver(primitive: 'cross_entropy' | 'kl', rows: Term): Term {
  return term(
    { op: 'reduction', primitive, per: [], live: 'attended', livePrimed: 'attended', withinExample: false },
    [rows],
    [],
  )
}
export function weighted(weight: number, loss: Term): Term {
  return term({ op: 'binary', name: '*' }, [number(weight), loss], [])
}

export const adamw = (rate: number, change: Partial<OptimizerSpec> = {}): OptimizerSpec => ({
  kind: 'adamw',
  settings: {
    rate: { kind: 'linear', rate, warmup: 0.1 },
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    weightDecay: 0.01,
    momentum: 0,
  },
  clip: 1,
  groups: [],
  span,
  ...change,
})

export function stage(name: string, minimize: Term, change: Partial<Stage> & Pick<Stage, 'trained'>): Stage {
  return {
    name,
    minimize,
    terms: [{ name: 'loss', term: minimize, span }],
    unreached: [],
    training: new Set(),
    instances: [],
    projections: [],
    data: 'made_up',
    budget: { amount: 3, unit: 'epochs' },
    batch: 8,
    normalise: 'batch',
    additive: true,
    optimizer: adamw(0.05),
    continueOptimizer: false,
    evaluate: [],
    targets: new Map(),
    span,
    ...change,
  }
}

export const madeUp: DataSpec = {
  name: 'made_up',
  train: [{ path: 'train.tsv', span }],
  validation: [{ path: 'dev.tsv', span }],
  format: 'tsv',
  text: { kind: 'column', column: 'text', span },
  label: { kind: 'class', column: 'label', labels: ['a', 'b', 'c'], span },
  tokenizer: { kind: 'folder', file: { path: 'vocab.txt', span } },
  vocabulary: { name: 'vocabulary vocab.txt', anonymous: false },
  maxLength: 12,
  pad: 'longest',
  group: 'length',
  span,
}

export function program(instances: readonly TinyModel[], stages: readonly Stage[]): Program {
  return {
    file: 'tiny.distill',
    sources: new Map([['tiny.distill', 'tiny']]),
    settings: new Map(),
    sweep: [],
    models: new Map(),
    instances: new Map(instances.map(({ instance }) => [instance.name, instance])),
    maps: new Map(),
    projections: new Map(),
    data: new Map([['made_up', madeUp]]),
    stages,
  }
}

/** Sentences of 3 to 10 words; a class has words of its own (3 + class, 6 + class ...) among random ones. */
export function sentences(count: number, file: string, salt: number): Example[] {
  let state = salt
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, (_, id) => {
    const kind = Math.floor(random() * classes)
    const length = 3 + Math.floor(random() * 8)
    const tokens = Int32Array.from({ length }, () =>
      random() < 0.5 ? 6 + kind + classes * Math.floor(random() * 5) : 6 + Math.floor(random() * 18),
    )
    return {
      id,
      tokens,
      segments: new Int32Array(length),
      firstPiece: new Uint8Array(length).fill(1),
      label: kind,
      file,
      line: id + 2,
    }
  })
}

export class TinyData implements DataProvider {
  readonly examples = new Map<SplitName, readonly Example[]>([
    ['train', sentences(60, 'train.tsv', 1)],
    ['validation', sentences(40, 'dev.tsv', 2)],
  ])
  private readonly batches: BatchOptions = { pad: 'longest', maxLength: 12, label: 'class' }

  requireFiles(): void {}
  dataset(name: string): Dataset {
    const vocabulary = {
      pieces: Array.from({ length: vocabularySize }, (_, i) => `w${i}`),
      padding: 0,
      unknown: 1,
      classify: 2,
      separate: 3,
      mask: 4,
      identity: 'tiny',
    }
    return { name, splits: this.examples, vocabulary, labels: ['a', 'b', 'c'] }
  }
  rows(): [] {
    return []
  }
  epoch(_name: string, plan: EpochPlan): readonly (readonly Example[])[] {
    const examples = this.examples.get('train') ?? []
    return pick(examples, planEpoch(examples, { ...plan, group: 'length' }))
  }
  evaluation(_name: string, split: SplitName, size: number): readonly (readonly Example[])[] {
    const examples = this.examples.get(split) ?? []
    return pick(examples, planEvaluation(examples, size))
  }
  batch(name: string, examples: readonly Example[], random: RandomKey): Batch {
    return makeBatch(examples, this.dataset(name).vocabulary, { ...this.batches, key: random })
  }
  tokenizer(): never {
    throw new Error('these sentences have no words')
  }
  withTraining(): this {
    return this
  }
  padding(): 'longest' {
    return 'longest'
  }
  fingerprint(): Record<string, string> {
    return { train: '60 examples' }
  }
}

function pick(examples: readonly Example[], plan: readonly Int32Array[]): readonly (readonly Example[])[] {
  return plan.map((indices) => Array.from(indices).flatMap((index) => examples[index] ?? []))
}
