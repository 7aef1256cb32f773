/** Small models of many architectures with random weights, for tests of ONNX files. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ModelInstance, Program } from '../../src/check/program.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { fileOutputs } from '../../src/huggingface/file-outputs.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'

const imports = `import { bert_base, tinybert_4, distilbert, albert_base } from "std/bert.distill"
import { mobilebert } from "std/mobilebert.distill"
import { classifier, first_token_classifier, masked_lm, regressor, sentence_order, span, token_classifier } from "std/heads.distill"
`
const small =
  'vocabulary = 300, positions = 40, layers = 2, hidden_size = 32, heads = 2, intermediate_size = 64'

/** Of its own: positions from both ends, a gate, the largest of states beside their mean, powers, distances of tokens. */
const own = `
def far(n, most) = min(max(n + most, 0), 2 * most)
head pair(labels) { logits = linear(concat(peak, average), labels, axis = class) }
model m {
  vocabulary = 300, layers = 2, hidden_size = 24, heads = 3, most = 7
  word   = lookup(tokens, vocabulary, 16)
  live   = if attended then word else 0
  back   = lookup(min(max(floor(size(word, token)) - places + 40, 0), 79), 80, 16)
  start  = resize(live + shift(live, 2) - shift(live, -1) + max(back, -1), hidden_size)
  bias   = pick(split(lookup(far(across(places) - places, most), 2 * most + 1, heads), heads), unit = 1)
  layer[m] for m in 1..layers from x = start {
    query  = split(linear(x, hidden_size), heads)
    key    = split(linear(x, hidden_size, bias = none), heads)
    value  = split(linear(x, hidden_size), heads)
    mixed  = join(softmax(dot(query, key) / 3 + bias) @ value)
    gate   = sigmoid(linear(x, hidden_size))
    state  = gate * tanh(linear(mixed, hidden_size)) + (1 - gate) * x
    output = affine(standardize(state ^ 3 + abs(state)))
  }
  output  = layer[layers].output
  peak    = max(output, over = token)
  average = mean(gelu_tanh(output), over = token) * exp(-variance(output, over = token))
}
student M : m { heads { task = pair(4) } }
`

export const toys: { readonly [name: string]: string } = {
  "the demo's student": `model m = bert_base with { ${small}, without embedding.type, pooler = mean(output, over = token) }
student M : m { heads { task = classifier(5) } }`,
  TinyBERT: `model m = tinybert_4 with { ${small} }\nstudent M : m { heads { task = classifier(3, before = relu) } }`,
  DistilBERT: `model m = distilbert with { ${small} }\nstudent M : m { heads { answer = span(rate = 10%) } }`,
  'DistilBERT with classes': `model m = distilbert with { ${small} }\nstudent M : m { heads { task = first_token_classifier(3) } }`,
  ALBERT: `model m = albert_base with { ${small}, layers = 6, embedding_size = 16 }\nstudent M : m { heads { task = token_classifier(5) } }`,
  MobileBERT: `model m = mobilebert with { vocabulary = 300, positions = 40, layers = 2, hidden_size = 32, embedding_size = 16, inner_size = 16, heads = 2, intermediate_size = 32, stacked = 2 }
student M : m { heads { task = classifier(3) } }`,
  'BERT as masked language model': `model m = bert_base with { ${small} }\nstudent M : m { heads { mlm = masked_lm(tied = embedding.word) } }`,
  'BERT of factors, with a number': `model m = bert_base with { ${small}, factorize layer[*].ffn.up to 16, factorize embedding.word to 16 }
student M : m { heads { score = regressor() } }`,
  'BERT without a head': `model m = bert_base with { ${small} }\nstudent M : m {}`,
  RoBERTa: `model m = bert_base with { ${small}, embedding { position = lookup(if attended then places + 2 else 1, positions, embedding_size, padding = 1) } }
student M : m { heads { task = classifier(3) } }`,
  'an architecture of its own': own,
}

export interface Toy {
  readonly program: Program
  readonly instance: ModelInstance
  readonly store: ParameterStore
}

/** All parameters are drawn, biases and scales too, so that none of them can be left out unseen. */
export function toy(text: string, folder: string): Toy {
  const file = path.join(folder, 'toy.distill')
  writeFileSync(file, imports + text)
  const { program, diagnostics } = checkFile(file)
  const instance = program?.instances.get('M')
  if (program === undefined || instance === undefined) throw new Error(JSON.stringify(diagnostics))
  const store = new ParameterStore()
  new Initialiser(program, store, { seed: 7 }).instance('M')
  for (const key of store.keys())
    store.edit(key, (data) => data.set(data.map((value, k) => 3 * value + 0.2 * Math.sin(k + key.length))))
  return { program, instance, store }
}

export const outputsOf = (instance: ModelInstance) =>
  fileOutputs(instance, [...instance.heads.keys()], () => true).outputs
