/** Random architectures: the library's encoders at tiny sizes, shared, factorized and rebound, and one that the library does not have. */
import type { Draw } from './draw.ts'

export interface Model {
  readonly kind: Kind
  readonly name: string
  readonly layers: number
  readonly heads: number
  readonly size: number
  readonly embedding: number
  readonly hasPooler: boolean
  /** Whether each layer has parameters of its own, one a matrix: other models can give them their values. */
  readonly isPlain: boolean
  readonly text: string
}

type Kind = 'bert' | 'pre-layer-norm' | 'distilbert' | 'albert' | 'own'

const bases: Readonly<Record<Kind, string>> = {
  bert: 'bert_base',
  'pre-layer-norm': 'pre_layer_norm_base',
  distilbert: 'distilbert',
  albert: 'albert_base',
  own: 'plain',
}

/**
 * Normalisation before, a pooled mean, and a causal mask alone: padding is attended to, so that losses `where any` read it. -50 is far enough for a
 * softmax, and leaves float32 its digits where a loss compares scores.
 */
export const ownModel = `model plain {
  vocabulary = 20, positions = 8, layers = 1, hidden_size = 4, heads = 2, epsilon = 1e-5, activation = gelu_tanh
  hidden_dropout = 10%, attention_dropout = 10%, intermediate_size = 6, embedding_size = hidden_size
  head_size = hidden_size / heads
  embedding {
    word     = lookup(tokens, vocabulary, embedding_size)
    position = lookup(places, positions, embedding_size)
    output   = dropout(word + position, hidden_dropout)
  }
  causal = if across(places) <= places then 0 else -50
  input = resize(embedding.output, hidden_size)
  layer[m] for m in 1..layers from x = input {
    before = layer_norm(x, epsilon)
    attention {
      query  = split(linear(before, hidden_size), heads)
      key    = split(linear(before, hidden_size), heads)
      value  = split(linear(before, hidden_size), heads)
      scores = 0.5 * dot(query, key) + causal
      output = linear(join(dropout(softmax(scores), attention_dropout) @ value), hidden_size)
    }
    middle = x + attention.output
    ffn {
      norm = layer_norm(middle, epsilon)
      up   = linear(norm, intermediate_size)
      down = linear(activation(up), hidden_size)
    }
    output = middle + dropout(ffn.down, hidden_dropout)
  }
  output = layer_norm(layer[layers].output, epsilon)
  pooler = tanh(linear(mean(output, over = token), hidden_size))
  tap hidden[0] = input
  tap hidden[m] for m in 1..layers = layer[m].output
  tap query[m]  for m in 1..layers = layer[m].attention.query
  tap key[m]    for m in 1..layers = layer[m].attention.key
  tap value[m]  for m in 1..layers = layer[m].attention.value
  tap scores[m] for m in 1..layers = layer[m].attention.scores
}`

export function drawModel(draw: Draw, name: string, layers: number, vocabulary: number): Model {
  const kind = draw.of<Kind>(['bert', 'bert', 'pre-layer-norm', 'distilbert', 'albert', 'own', 'own'])
  const heads = draw.whole(1, 2)
  // Two units normalised are 1 and -1, whatever they were: then no difference is left to compare.
  const size = heads === 1 ? draw.whole(3, 5) : heads * draw.whole(2, 3)
  const embedding = draw.chance(0.3) ? draw.whole(3, 5) : size
  const hasPooler = kind !== 'distilbert'
  const isAlbert = kind === 'albert'
  const isShared = !isAlbert && layers > 1 && draw.chance(0.3)
  const isFactorized = draw.chance(0.25)
  const dropout = draw.of(['0', '10%', '40%'])
  const settings = [
    `vocabulary = ${vocabulary}, positions = 8, layers = ${layers}, hidden_size = ${size}, heads = ${heads}`,
    `embedding_size = ${embedding}, intermediate_size = ${draw.whole(3, 7)}`,
    `activation = ${draw.of(['gelu', 'relu', 'gelu_tanh', 'tanh'])}`,
    `hidden_dropout = ${dropout}, attention_dropout = ${draw.of([dropout, '0', '30%'])}`,
    ...(isAlbert && layers === 2 && draw.chance(0.5) ? ['groups = 2'] : []),
    ...(isShared ? [`share layer[*]${draw.of(['', '.attention', '.ffn'])} in 1 group`] : []),
    ...(isFactorized ? [`factorize layer[*].ffn.* to rank(${draw.whole(1, 2)})`] : []),
    ...(kind === 'bert' && draw.chance(0.2) ? ['padding = 0'] : []),
    ...(hasPooler && draw.chance(0.2) ? ['pooler = mean(output, over = token)'] : []),
  ]
  return {
    kind,
    name,
    layers,
    heads,
    size,
    embedding,
    hasPooler,
    isPlain: !isAlbert && !isShared && !isFactorized,
    text: `model ${name} = ${bases[kind]} with {\n  ${settings.join('\n  ')}\n}`,
  }
}

export type HeadName = 'task' | 'mlm' | 'qa' | 'tags' | 'score' | 'order'

/** Heads that both models can have, each with what it asks for. */
export function drawHeads(draw: Draw, models: readonly Model[]): HeadName[] {
  const pooled: HeadName[] = models.every(({ hasPooler }) => hasPooler) ? ['score', 'order'] : []
  return draw.some<HeadName>(['task', 'mlm', 'qa', 'tags', ...pooled], 1, 3)
}

/** `task = classifier(3)` for a model. */
export function headText(draw: Draw, name: HeadName, { hasPooler }: Model, classes: number): string {
  switch (name) {
    case 'task': {
      const pooled = `classifier(${classes}${draw.of(['', ', before = relu', ', rate = 20%'])})`
      return `task = ${hasPooler ? pooled : `first_token_classifier(${classes}, rate = 10%)`}`
    }
    case 'mlm':
      return `mlm = masked_lm(${draw.of(['', 'tied = embedding.word'])})`
    case 'qa':
      return `qa = span(${draw.of(['', 'rate = 10%'])})`
    case 'tags':
      return `tags = token_classifier(${classes})`
    case 'score':
      return 'score = regressor()'
    case 'order':
      return 'order = sentence_order()'
  }
}

/** Initial values of a student: drawn, and where the shapes agree taken from the teacher. */
export function drawInit(draw: Draw, student: Model, teacher: Model): string {
  const sameStates = student.size === teacher.size
  const sameWords = student.embedding === teacher.embedding
  const lines = [
    ...(draw.chance(0.3) ? [`**.weight from ${draw.of(['normal(0.3)', 'truncated_normal(0.5)'])}`] : []),
    ...(sameWords && draw.chance(0.5) ? ['embedding.word from T.embedding.word'] : []),
    ...(student.isPlain && teacher.isPlain && sameStates && draw.chance(0.6)
      ? [
          `layer[m].attention.output from ${draw.of(['T.layer[m].attention.output', 'mean(T.layer[1..m].attention.output)'])}`,
        ]
      : []),
  ]
  return lines.length === 0 ? '' : `init { ${lines.join(', ')} }`
}
