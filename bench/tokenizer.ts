/**
 * How fast text becomes ids, and how fast a vocabulary is trained, on the demo's glosses. Run: npx tsx bench/tokenizer.ts
 */
import { normalization } from '../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../src/data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../src/data/tokenizer/wordpiece.ts'
import { readGlosses, splitGlosses } from '../src/data/wordnet.ts'

const how = normalization(true)
const glosses = readGlosses()
const { train } = splitGlosses(glosses)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

for (const [name, rows] of [
  ['20,000 glosses', train],
  ['82,192 glosses', glosses],
] as const) {
  const start = performance.now()
  trainWordPiece(
    rows.map((row) => row.text),
    { size: 8000, normalization: how, source: name },
  )
  say(`training 8,000 pieces on ${name}: ${((performance.now() - start) / 1000).toFixed(2)} s`)
}
const vocabulary = trainWordPiece(
  train.map((row) => row.text),
  { size: 8000, normalization: how, source: 'train' },
)
const tokenizer = wordPieceTokenizer(vocabulary, how)
for (const pass of ['nothing remembered', 'second pass', 'third pass']) {
  const start = performance.now()
  let tokens = 0
  for (const gloss of glosses) tokens += tokenizer.encode(gloss.text).length
  const seconds = (performance.now() - start) / 1000
  say(
    `${pass}: ${(tokens / seconds / 1e6).toFixed(2)} million tokens/s (${tokens.toLocaleString('en-US')} tokens)`,
  )
}
