/**
 * Specs of any size, one generator for each thing that may become many: what `bench/compile-time.ts` measures and `test/check/linear.test.ts` holds
 * to linear growth. Each is right, and each grows in one place only.
 */

const small = `import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
import { soften, tinybert_attention } from "std/losses.distill"
data d { train = "none.tsv", text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = "none", max_length = 128 }
model small = bert_base with { layers = 2, hidden_size = 64, heads = 2 }
teacher T : small { heads { task = classifier(d.label) } }
student S : small { heads { task = classifier(d.label) } }
`
const optimizer = 'batch = 32, optimizer = adamw(rate = 5e-5)'
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i + 1)).join('\n')

/** What a generator makes many of, and a few words on where. */
export const largeSpecs = {
  /** TinyBERT's losses between two classifiers of that many layers. */
  layers: (n: number) => `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { tinybert_attention } from "std/losses.distill"
data corpus { train = "none.tsv", text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = "none", max_length = 128 }
model deep = bert_base with { layers = ${n} }
model narrow = bert_base with { layers = ${n}, hidden_size = 312, intermediate_size = 1200 }
teacher T : deep { heads { task = classifier(corpus.label) } }
student S : narrow { heads { task = classifier(corpus.label) } }
map g : narrow -> deep = uniform
projection W : narrow.hidden_size -> deep.hidden_size = linear
stage all {
  minimize (sum m in 0..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) }) + (sum m in 1..S.layers { tinybert_attention(S.scores[m], T.scores[g(m)]) })
  data = corpus, budget = 1 epochs, batch = 32
  optimizer = adamw(rate = constant(5e-5)) except [**.bias, **.scale] { weight_decay = 0 }
}
`,
  /** \`init\`, \`factorize\`, \`train\`, \`freeze\` and \`except\` lines, one for each layer. */
  'lines of paths': (n: number) => `import { bert_base } from "std/bert.distill"
model deep = bert_base with {
  layers = ${n}
${lines(n, (i) => `  factorize layer[${i}].ffn.up to rank(64)`)}
}
teacher T : bert_base {}
student S : deep {
  init {
${lines(n, (i) => `    layer[${i}].attention from T.layer[${((i - 1) % 12) + 1}].attention`)}
  }
}
stage all {
${lines(n, (i) => `  train S.layer[${i}]`)}
${lines(n, (i) => `  freeze S.layer[${i}].ffn.down`)}
  minimize mse(S.hidden[${n}], T.hidden[12])
  ${optimizer}
${lines(n, (i) => `    except [S.layer[${i}]] { rate = ${i}e-5 }`)}
}
`,
  /** Layers in one group of parameters. */
  'shared layers': (n: number) => `import { bert_base } from "std/bert.distill"
model deep = bert_base with { layers = ${n}, share layer[*] in 1 group }
teacher T : bert_base {}
student S : deep {}
stage all { minimize mse(S.hidden[${n}], T.hidden[12]), ${optimizer} }
`,
  /** A sum that is written out. */
  terms: (n: number) => `${small}
stage all {
  minimize ${Array.from({ length: n }, (_, i) => `${i + 1} * soften(S.task.logits, T.task.logits, temperature = ${i + 1})`).join(' + ')}
  data = d, budget = 1 epochs, ${optimizer}
}
`,
  /** A sum over an index. */
  'terms of a sum': (n: number) => `${small}
stage all {
  minimize sum k in 1..${n} { soften(S.task.logits, T.task.logits, temperature = k) }
  data = d, budget = 1 epochs, ${optimizer}
}
`,
  /** Named losses in one sum. */
  losses: (n: number) => `${small}
${lines(n, (i) => `loss l${i} = soften(S.task.logits, T.task.logits, temperature = ${i})`)}
stage all {
  minimize ${Array.from({ length: n }, (_, i) => `l${i + 1}`).join(' + ')}
  data = d, budget = 1 epochs, ${optimizer}
}
`,
  /** Each \`with\` changes one setting of the model before. */
  withs: (n: number) => `${small}
model m0 = small
${lines(n, (i) => `model m${i} = m${i - 1} with { epsilon = ${i}e-12 }`)}
student X : m${n} {}
stage all { minimize mse(X.hidden[2], T.hidden[2]), ${optimizer} }
`,
  stages: (n: number) => `${small}
${lines(n, (i) => `stage s${i}${i === 1 ? '' : ` after s${i - 1}`} { minimize soften(S.task.logits, T.task.logits), data = d, budget = ${i} epochs, ${optimizer} }`)}
`,
  'members of a family': (n: number) => `${small}
stage s[m] for m in 1..${n} { minimize m * soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
  defs: (n: number) => `${small}
${lines(n, (i) => `def f${i}(s, t) = ${i} * mse(s, t)`)}
stage all {
  minimize ${Array.from({ length: n }, (_, i) => `f${i + 1}(S.task.logits, T.task.logits)`).join(' + ')}
  data = d, budget = 1 epochs, ${optimizer}
}
`,
  heads: (n: number) => `${small}
${lines(n, (i) => `head h${i}(labels) { logits = linear(output.first, labels, axis = class) }`)}
student X : small { heads { ${Array.from({ length: n }, (_, i) => `h${i + 1} = h${i + 1}(3)`).join(', ')} } }
stage all {
  minimize ${Array.from({ length: n }, (_, i) => `cross_entropy(X.h${i + 1}.logits, batch.label)`).join(' + ')}
  ${optimizer}
}
`,
  'data blocks': (n: number) => `${small}
${lines(n, (i) => `data d${i} = d with { max_length = ${i + 2} }`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d${n}, budget = 1 epoch, ${optimizer} }
`,
  /** Each stands before the one that it is made from. */
  'data blocks, the last first': (n: number) => `${small}
${lines(n, (i) => `data d${i} = ${i < n ? `d${i + 1}` : 'd'} with { max_length = ${i + 2} }`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d1, budget = 1 epoch, ${optimizer} }
`,
  models: (n: number) => `${small}
${lines(n, (i) => `model m${i} = small with { epsilon = ${i}e-12 }`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
  students: (n: number) => `${small}
${lines(n, (i) => `student X${i} : small {}`)}
stage all { minimize ${Array.from({ length: n }, (_, i) => `mse(X${i + 1}.hidden[2], T.hidden[2])`).join(' + ')}, ${optimizer} }
`,
  settings: (n: number) => `${small}
setting s0 = 1
${lines(n, (i) => `setting s${i} = ${i}`)}
stage all { minimize s${n} * soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
  labels: (
    n: number,
  ) => `${small.replace('["a", "b"]', `[${Array.from({ length: n }, (_, i) => `"l${i}"`).join(', ')}]`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
  /** Every one of them an error of its own. */
  mistakes: (n: number) => `${small}
${lines(n, (i) => `def f${i}(s) = unknown${i}(s)`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
  comments: (n: number) => `${small}
${lines(n, (i) => `// line ${i}`)}
stage all { minimize soften(S.task.logits, T.task.logits), data = d, budget = 1 epoch, ${optimizer} }
`,
} as const satisfies Record<string, (n: number) => string>
