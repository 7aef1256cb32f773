/** Toy runs for reports: specs of each kind of task on made-up data, trained for a few steps. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trainSpec } from '../../src/library/train.ts'
import type { TrainOptions } from '../../src/library/train-options.ts'

export const home = (): string => mkdtempSync(join(tmpdir(), 'report-'))

const sentences = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const kinds = ['a red bird sings', 'the old stone lies', 'one child runs']
    return `${kinds[i % 3]} ${['here', 'there', 'again today'][Math.floor(i / 3) % 3]} ${'so '.repeat(i % 4)}`.trim()
  })

const imports = `import { bert_base } from "std/bert.distill"
import { classifier, regressor, span, token_classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
`
const model = (data: string): string => `
model small = bert_base with {
  vocabulary = ${data}.vocabulary, positions = 32, layers = 2, hidden_size = 16, heads = 2, intermediate_size = 24
}
model tiny = small with { layers = 1, hidden_size = 8 }
`
const stage = (name: string, minimize: string, data: string, metric: string, more = ''): string => `
stage ${name} {
  minimize ${minimize}
  data = ${data}, budget = 3 epochs, batch = 8${more}
  optimizer = adamw(rate = linear(1e-2, warmup = 10%), clip = 1)${metric === '' ? '' : `\n  evaluate = [${metric}]`}
}
`

/** A teacher, a student distilled from it, and the same alone. */
export const classes = `${imports}
data notes {
  train = "train.tsv", test = "test.tsv"
  text = column("text"), label = class(column("label"), ["animal", "thing", "person"])
  tokenizer = wordpiece(size = 80), max_length = 24
}
${model('notes')}
student T : small { heads { task = classifier(notes.label) } }
student A : tiny { heads { task = classifier(notes.label) } }
student S : tiny { heads { task = classifier(notes.label) } }
teacher K = T after learn
map g : tiny -> small = uniform
projection W : tiny.hidden_size -> small.hidden_size = linear
loss soft = soften(S.task.logits, K.task.logits, temperature = 2)
loss states = sum m in 0..S.layers { mse(W(S.hidden[m]), K.hidden[g(m)]) }
${stage('learn', 'cross_entropy(T.task.logits, batch.label)', 'notes', 'accuracy')}
${stage('alone', 'cross_entropy(A.task.logits, batch.label)', 'notes', 'accuracy')}
${stage('distil after learn', 'soft + 0.5 * states', 'notes', 'accuracy, macro_f1')}
`
export const numbers = `${imports}
data notes {
  train = "train.tsv", test = "test.tsv"
  text = column("text"), label = number(column("stars"))
  tokenizer = wordpiece(size = 80), max_length = 24
}
${model('notes')}
student T : small { heads { stars = regressor() } }
${stage('learn', 'mse(T.stars.value, batch.label)', 'notes', 'pearson, mse')}
`
export const tags = `${imports}
data notes {
  train = "train.conll", test = "test.conll", text = column("tokens")
  label = tags(column("tags"), ["O", "B-X", "I-X"], scheme = bio)
  tokenizer = wordpiece(size = 80), max_length = 24
}
${model('notes')}
student T : small { heads { ner = token_classifier(notes.label) } }
student S : tiny { heads { ner = token_classifier(notes.label) } }
teacher K = T after learn
${stage('learn', 'cross_entropy(T.ner.logits, batch.tags) where first_piece', 'notes', 'entity_f1')}
${stage('distil after learn', 'soften(S.ner.logits, K.ner.logits, temperature = 2)', 'notes', 'entity_f1')}
`
export const questions = `${imports}
data notes {
  train = "train.json", test = "test.json", text = [column("question"), column("context")]
  label = span(stride = 8, question = 8), tokenizer = wordpiece(size = 80), max_length = 32
}
${model('notes')}
student T : small { heads { qa = span() } }
student S : tiny { heads { qa = span() } }
teacher K = T after learn
${stage('learn', '0.5 * cross_entropy(T.qa.start, batch.start) + 0.5 * cross_entropy(T.qa.end, batch.end)', 'notes', 'span_f1')}
${stage('distil after learn', 'soften(S.qa.start, K.qa.start, temperature = 2) + soften(S.qa.end, K.qa.end, temperature = 2)', 'notes', 'span_f1')}
`
export const texts = `${imports}
data notes { train = "train.tsv", text = column("text"), tokenizer = wordpiece(size = 80), max_length = 24 }
${model('notes')}
student T : small {}
student S : tiny {}
teacher K : small {}
projection W : tiny.hidden_size -> small.hidden_size = linear
${stage('distil', 'mse(W(S.output), K.output)', 'notes', '')}
`
export const masked = `${imports.replace('classifier', 'classifier, masked_lm')}
data notes {
  train = "train.tsv", test = "test.tsv", text = column("text"), tokenizer = wordpiece(size = 80), max_length = 24
  mask { probability = 15%, replace = [80%, 10%, 10%] }
}
${model('notes')}
student T : small { heads { mlm = masked_lm(tied = embedding.word) } }
student S : tiny { heads { mlm = masked_lm(tied = embedding.word) } }
teacher K = T after learn
${stage('learn', 'cross_entropy(T.mlm.logits, batch.original) where masked', 'notes', 'perplexity')}
${stage('distil after learn', 'soften(S.mlm.logits, K.mlm.logits, temperature = 2) where masked', 'notes', 'perplexity')}
`

/** Writes a spec and data for all of them, and gives the path of the spec. */
export function write(folder: string, name: string, spec: string): string {
  mkdirSync(folder, { recursive: true })
  const kinds = ['animal', 'thing', 'person']
  const rows = (count: number): string =>
    `label\tstars\ttext\n${sentences(count)
      .map((text, i) => `${kinds[i % 3]}\t${1 + (i % 3)}\t${text}\n`)
      .join('')}`
  const words = (count: number): string =>
    sentences(count)
      .map((text) =>
        text
          .split(' ')
          .map((word) => `${word} ${/bird|stone|child/.test(word) ? 'B-X' : 'O'}\n`)
          .join(''),
      )
      .join('\n')
  writeFileSync(join(folder, 'train.tsv'), rows(60))
  writeFileSync(join(folder, 'test.tsv'), rows(30))
  const squad = (count: number): string =>
    JSON.stringify(
      {
        data: sentences(count).map((context, i) => ({
          paragraphs: [
            {
              context,
              qas: [
                {
                  id: `q${i}`,
                  question: 'who is it',
                  answers: [{ text: context.split(' ')[1], answer_start: context.indexOf(' ') + 1 }],
                },
              ],
            },
          ],
        })),
      },
      null,
      1,
    )
  writeFileSync(join(folder, 'train.json'), squad(40))
  writeFileSync(join(folder, 'test.json'), squad(20))
  writeFileSync(join(folder, 'train.conll'), words(40))
  writeFileSync(join(folder, 'test.conll'), words(20))
  const path = join(folder, name)
  writeFileSync(path, spec)
  return path
}

export async function train(spec: string, out: string, options: TrainOptions = {}): Promise<string> {
  const result = await trainSpec(spec, { out, backend: 'cpu', ...options }, {})
  if (result.kind === 'stopped') throw new Error(result.diagnostic.message)
  return out
}
