/**
 * Exported folders, read by a program that is not ours: transformers.js loads config.json and the tokenizer of a BERT (WordPiece) and an ALBERT (SentencePiece), and
 * must give our ids on 1,000 glosses. Run: npx tsx bench/transformers.ts
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { createRunner } from '../src/backends/index.ts'
import { loadTokenizer } from '../src/data/tokenizer/load-tokenizer.ts'
import { normalization } from '../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../src/data/tokenizer/train-wordpiece.ts'
import { readGlosses, splitGlosses } from '../src/data/wordnet.ts'
import { checkFile } from '../src/disk/check-file.ts'
import { exportModels } from '../src/huggingface/export.ts'
import { Initialiser } from '../src/train/initialise.ts'
import { ParameterStore } from '../src/train/parameters.ts'
import { runFacts } from '../test/huggingface/run-facts.ts'

const answer = z.object({
  type: z.string(),
  layers: z.number(),
  reader: z.string(),
  ids: z.array(z.array(z.number())),
  pair: z.array(z.number()),
})
const scratch = mkdtempSync(path.join(tmpdir(), 'distill-transformers-'))
const glosses = readGlosses()
const every = Math.floor(glosses.length / 1000)
const texts = glosses.filter((_, i) => i % every === 0).slice(0, 1000)
const vocabulary = trainWordPiece(
  splitGlosses(glosses).train.map(({ text }) => text),
  { size: 8000, normalization: normalization(true), source: 'train' },
)
const packed = readFileSync(new URL('../test/fixtures/sentencepiece/spiece.model.br', import.meta.url))
const runner = await createRunner('wasm')
const sizes = 'positions = 32, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 16'
let differences = 0
for (const [name, model, file, content] of [
  ['bert', 'bert_base', 'vocab.txt', `${vocabulary.pieces.join('\n')}\n`],
  ['bert, mapped', 'bert_base', 'vocab.txt', `${vocabulary.pieces.join('\n')}\n`],
  ['albert', 'albert_base', 'spiece.model', brotliDecompressSync(packed)],
] as const) {
  const folder = path.join(scratch, name.replace(', ', '-'))
  mkdirSync(path.join(folder, 'from'), { recursive: true })
  writeFileSync(path.join(folder, 'from', file), content)
  const more = name === 'bert' ? '' : ', embedding_size = 4'
  const spec = path.join(folder, 'spec.distill')
  writeFileSync(
    spec,
    `import { ${model} } from "std/bert.distill"
data corpus { train = "corpus.txt", text = lines, tokenizer = "from", max_length = 32 }
model m = ${model} with { vocabulary = corpus.vocabulary, ${sizes}${more} }
student M : m {}
`,
  )
  const { program, diagnostics } = checkFile(spec)
  const instance = program?.instances.get('M')
  if (program === undefined || instance === undefined) throw new Error(JSON.stringify(diagnostics))
  const store = new ParameterStore()
  new Initialiser(program, store, { seed: 7 }).instance('M')
  const tokenizer = loadTokenizer(path.join(folder, 'from'))
  const card = runFacts({ spec })
  const to = path.join(folder, 'out')
  exportModels([{ to, program, instance, store, tokenizer, labels: undefined, runner, card, maxLength: 32 }])
  const child = spawnSync(process.execPath, [path.join(import.meta.dirname, 'transformers/read.mjs'), to], {
    input: JSON.stringify(texts.map(({ text }) => text)),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (child.status !== 0) throw new Error(child.stderr)
  const read = answer.parse(JSON.parse(child.stdout))
  const { classify, separate } = tokenizer.vocabulary
  const own = (...parts: readonly string[]): number[] => [
    classify,
    ...parts.flatMap((part) => [...tokenizer.encode(part), separate]),
  ]
  const wrong = texts.filter(({ text }, i) => own(text).join() !== read.ids[i]?.join())
  if (own('a warm day', 'it is').join() !== read.pair.join()) throw new Error(`${name}: a pair has other ids`)
  differences += wrong.length
  process.stdout.write(
    `${name}: read as ${read.type} of ${read.layers} layers by ${read.reader}; ids differ in ${wrong.length} of ${texts.length} texts\n`,
  )
  for (const { text } of wrong.slice(0, 3)) process.stdout.write(`  ${text}\n`)
}
runner.dispose()
rmSync(scratch, { recursive: true })
process.exitCode = differences > 0 ? 1 : 0
