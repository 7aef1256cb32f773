/** Small models of every task, trained for some steps and exported as a person does. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.resolve(import.meta.dirname, '../..')
const fixture = (name: string): string => path.join(root, 'test/fixtures', name)

/** Run from the source's build. @returns standard output */
export async function distill(given: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(process.execPath, [path.join(root, 'dist/distill.js'), ...given], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
  })
  running.child.stdin?.end(input)
  return (await running).stdout
}

const words = 'a the red blue warm cold house tree sun ice is was near under there here white green'.split(
  ' ',
)

/** Sentences of ten words, always the same. */
function sentences(count: number, salt: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 10 }, (_, k) => words[(i * 7 + k * 5 + ((i * k + salt) % 11)) % words.length]).join(
      ' ',
    ),
  )
}

const sizes = 'hidden_size = 32, heads = 2, intermediate_size = 48, hidden_dropout = 0, attention_dropout = 0'
const small = (data: string, positions: number): string =>
  `model small = bert_base with { vocabulary = ${data}.vocabulary, positions = ${positions}, layers = 2, ${sizes} }`
const stage = (loss: string, data: string, steps: number): string => `
stage learn {
  minimize ${loss}
  data = ${data}, budget = ${steps} steps, batch = 8, optimizer = adamw(rate = 3e-3)
}`
const imports = (heads: string): string => `
import { bert_base, distilbert, albert_base } from "std/bert.distill"
import { ${heads} } from "std/heads.distill"`
const tags = ['corporation', 'creative-work', 'group', 'location', 'person', 'product'].flatMap((type) => [
  `B-${type}`,
  `I-${type}`,
])

export const specs = {
  classes: `${imports('classifier')}
data colours {
  train = "${fixture('tiny/train.tsv')}", validation = "${fixture('tiny/validation.tsv')}"
  text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 96), max_length = 16
}
${small('colours', 16)}
student S : small { heads { task = classifier(colours.label) } }
${stage('cross_entropy(S.task.logits, batch.label)', 'colours', 30)}`,
  pairs: `${imports('classifier')}
data pairs {
  train = "pairs.tsv", validation = "pairs.tsv"
  text = [column("first"), column("second")], label = class(column("label"), ["same", "other", "unclear"])
  tokenizer = wordpiece(size = 96), max_length = 32
}
model small = albert_base with { vocabulary = pairs.vocabulary, positions = 32, layers = 2, embedding_size = 16, ${sizes} }
student S : small { heads { task = classifier(pairs.label) } }
${stage('cross_entropy(S.task.logits, batch.label)', 'pairs', 20)}`,
  tags: `${imports('token_classifier')}
data names {
  train = "${fixture('tasks/wnut17.conll')}", validation = "${fixture('tasks/wnut17.conll')}"
  text = column("tokens"), label = tags(column("tags"), ["O", ${tags.map((tag) => `"${tag}"`).join(', ')}], scheme = bio)
  tokenizer = wordpiece(size = 800), max_length = 64
}
model small = distilbert with { vocabulary = names.vocabulary, positions = 64, layers = 2, ${sizes} }
student S : small { heads { ner = token_classifier(names.label) } }
${stage('cross_entropy(S.ner.logits, batch.tags) where first_piece', 'names', 120)}`,
  questions: `${imports('span')}
data squad {
  train = "${fixture('tasks/xquad.json')}", validation = "${fixture('tasks/xquad.json')}"
  text = [column("question"), column("context")], label = span(stride = 64, question = 32)
  tokenizer = wordpiece(size = 800), max_length = 256
}
${small('squad', 256)}
student S : small { heads { answer = span() } }
${stage('0.5 * (cross_entropy(S.answer.start, batch.start) + cross_entropy(S.answer.end, batch.end))', 'squad', 20)}`,
  masked: `${imports('masked_lm')}
data texts {
  train = "texts.txt", validation = "texts.txt", text = lines, mask { probability = 15% }
  tokenizer = wordpiece(size = 96), max_length = 32
}
${small('texts', 32)}
student S : small { heads { mlm = masked_lm(tied = embedding.word) } }
${stage('cross_entropy(S.mlm.logits, batch.original) where masked', 'texts', 40)}`,
  states: `
import { bert_base } from "std/bert.distill"
data texts { train = "texts.txt", text = lines, tokenizer = wordpiece(size = 96), max_length = 32 }
${small('texts', 32)}
student S : small {}
${stage('mean(S.hidden[2] ^ 2)', 'texts', 5)}`,
} as const
export type TaskName = keyof typeof specs

/** Writes the spec and its data into `folder`, trains into `run` there, and exports to `export`. */
export async function trainAndExport(name: TaskName, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const at = (file: string): string => path.join(folder, file)
  writeFileSync(at('texts.txt'), `${sentences(60, 1).join('\n')}\n`)
  const [firsts, seconds] = [sentences(60, 2), sentences(60, 5)]
  const rows = firsts.map((first, i) => [first, seconds[i], ['same', 'other', 'unclear'][i % 3]].join('\t'))
  writeFileSync(at('pairs.tsv'), `${['first\tsecond\tlabel', ...rows].join('\n')}\n`)
  writeFileSync(at('spec.distill'), specs[name])
  await distill(['train', at('spec.distill'), '--out', at('run'), '--backend', 'wasm'])
  await distill(['export', at('run'), '--to', at('export'), '--onnx', '--int8', '--backend', 'wasm'])
}

/** Texts that the pipelines are asked, as lines of `distill predict`. */
export function linesOf(name: TaskName): readonly string[] {
  if (name === 'pairs') return sentences(12, 3).map((first, i) => `${first}\t${sentences(12, 9)[i]}`)
  if (name === 'masked') return sentences(8, 4).map((text) => text.replace(/^(\S+ \S+) \S+/, '$1 [MASK]'))
  if (name === 'tags')
    return readFileSync(fixture('tasks/wnut17.conll'), 'utf8')
      .split(/\n\s*\n/)
      .slice(0, 20)
      .map((sentence) =>
        sentence
          .split('\n')
          .map((line) => line.split('\t')[0])
          .filter((word) => /^\w+$/.test(word ?? ''))
          .slice(0, 12)
          .join(' '),
      )
      .filter((text) => text !== '')
  if (name === 'questions')
    return [
      'who led the team in sacks?\tShort led the team in sacks with eleven, while Addison had six.',
      'what did the defense give up?\tThe defense gave up just 308 points and ranked sixth in the league.',
    ]
  // Of a text that is cut transformers.js also loses [SEP], so these are short.
  if (name === 'classes')
    return readFileSync(fixture('tiny/validation.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split('\t')[0] ?? '')
  return sentences(20, 6)
}
