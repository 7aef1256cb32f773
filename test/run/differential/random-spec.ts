/**
 * Random specs of tiny models, each valid by construction and the same for the same seed: what the language can say of models, heads, maps, projections,
 * initial values and losses, put together as nobody would.
 */
import { Draw } from './draw.ts'
import { drawLosses, library, ownLosses } from './random-losses.ts'
import { drawHeads, drawInit, drawModel, headText, type Model, ownModel } from './random-model.ts'

export interface RandomSpec {
  readonly seed: number
  readonly text: string
  readonly vocabulary: number
  readonly classes: number
  /** Tokens of each example of its batch, and what they are padded to. */
  readonly lengths: readonly number[]
  readonly padded: number
  readonly dropout: boolean
  /** Of the stage, at the step that is taken. */
  readonly progress: number
  /** Whether the reference computes values again wherever that saves memory; it takes long to find out where. */
  readonly recompute: boolean
  /** Whether the reference recomputes every activation that lowers the peak, however little: that is searched for, too. */
  readonly rematerialize: boolean
  /** Whether the reference computes the values of frozen models apart from the step, as a run caches them. */
  readonly caches: boolean
  /** Whether the batch is taken in two parts by all but the reference without passes, where the sum of its losses allows it. */
  readonly inParts: boolean
  /** Whether backends update the weights, too. */
  readonly updates: boolean
}

const weights = [
  '',
  '',
  '0.5 * ',
  '3 * ',
  '(1 - progress) * ',
  '(if progress < 0.5 then 0.3 else 2) * ',
] as const

/** With an epsilon that hides the rounding of small gradients. */
const optimizers = [
  'sgd(rate = 0.1, momentum = 0.9)',
  'adam(rate = 1e-2, epsilon = 0.1, clip = 0.5)',
  'adamw(rate = 1e-2, epsilon = 0.1, weight_decay = 0.1) except [**.bias] { weight_decay = 0 }',
  'bert_adam(rate = 1e-2, epsilon = 0.1)',
  'lamb(rate = 1e-2, epsilon = 0.1)',
] as const

export function randomSpec(seed: number): RandomSpec {
  const draw = new Draw(seed)
  const vocabulary = draw.whole(12, 20)
  const classes = draw.whole(2, 4)
  const student = drawModel(draw, 'small', draw.of([1, 1, 2]), vocabulary)
  const teacher = drawModel(draw, 'large', student.layers + draw.whole(0, 1), vocabulary)
  const heads = drawHeads(draw, [student, teacher])
  const two = draw.chance(0.25)
  const losses = drawLosses({ draw, student, teacher, heads, classes, two })
  const instance = (role: string, name: string, model: Model, ...rest: string[]): string => {
    const own = `heads { ${heads.map((head) => headText(draw, head, model, classes)).join(', ')} }`
    return `${role} ${name} : ${model.name} { ${[...rest, own].filter((line) => line !== '').join(', ')} }`
  }
  const uses = (model: string): boolean => [student, teacher].some(({ text }) => text.includes(`= ${model} `))
  // Each import is evaluated as it was published, with all its layers.
  const published = ['albert_base', 'bert_base', 'distilbert'].filter(uses)
  const total = losses.map((_, i) => `${draw.of(weights)}l${i + 1}`).join(' + ')
  const lengths = Array.from({ length: draw.whole(2, 4) }, () => draw.whole(1, 7))
  const projection = (): string => draw.of(['linear', 'linear', 'relu', 'tanh'])
  return {
    seed,
    text: [
      ...(published.length > 0 ? [`import { ${published.join(', ')} } from "std/bert.distill"`] : []),
      ...(uses('pre_layer_norm_base')
        ? ['import { pre_layer_norm_base } from "std/pre-layer-norm.distill"']
        : []),
      'import { classifier, first_token_classifier, masked_lm } from "std/heads.distill"',
      'import { regressor, sentence_order, span, token_classifier } from "std/heads.distill"',
      `import { ${library.join(', ')} } from "std/losses.distill"`,
      ...(uses('plain') ? [ownModel] : []),
      student.text,
      teacher.text,
      instance('teacher', 'T', teacher, draw.chance(0.2) ? 'dropout = on' : ''),
      ...(two ? [instance('teacher', 'U', teacher)] : []),
      instance('student', 'S', student, drawInit(draw, student, teacher)),
      `map g : small -> large = ${drawMap(draw, student.layers, teacher.layers)}`,
      `projection W : small.hidden_size -> large.hidden_size = ${projection()}`,
      `projection V[m] for m in 1..S.layers : small.hidden_size -> large.hidden_size = ${projection()}`,
      ownLosses,
      ...losses.map((text, i) => `loss l${i + 1} = ${text}`),
      `stage s { minimize ${draw.chance(0.2) ? `(${total}) / 2` : total}, batch = 4, optimizer = ${draw.of(optimizers)} }`,
      '',
    ].join('\n'),
    vocabulary,
    classes,
    lengths,
    padded: draw.whole(Math.max(...lengths), 8),
    dropout: draw.chance(0.5),
    progress: draw.of([0, 0.25, 0.75]),
    recompute: draw.chance(0.06),
    rematerialize: draw.chance(0.06),
    caches: draw.chance(0.3),
    inParts: draw.chance(0.5),
    updates: draw.chance(0.2),
  }
}

/** A map of some kind, as far as the depths allow it. */
function drawMap(draw: Draw, from: number, to: number): string {
  const given = Array.from({ length: from }, () => draw.whole(1, to)).sort((a, b) => a - b)
  return draw.of(['last', 'uniform(round = floor)', `[${given.join(', ')}]`, `m -> m + ${to - from}`])
}
