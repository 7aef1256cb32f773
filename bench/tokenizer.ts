/**
 * How fast text becomes ids, and how fast a vocabulary is trained, on the demo's glosses. Run: npx tsx bench/tokenizer.ts [FOLDER]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { loadTokenizer } from '../src/data/tokenizer/load-tokenizer.ts'
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
// The model of the tests, of 1,400 pieces; the folder of an ALBERT can be named instead.
const folder = mkdtempSync(path.join(tmpdir(), 'distill-tokenizer-'))
const packed = readFileSync(new URL('../test/fixtures/sentencepiece/spiece.model.br', import.meta.url))
writeFileSync(path.join(folder, 'spiece.model'), brotliDecompressSync(packed))
const tokenizers = [
  ['WordPiece', wordPieceTokenizer(vocabulary, how)],
  ['SentencePiece', loadTokenizer(process.argv[2] ?? folder)],
] as const
for (const pass of ['empty cache', 'second pass', 'third pass']) {
  for (const [name, tokenizer] of tokenizers) {
    const start = performance.now()
    let tokens = 0
    for (const gloss of glosses) tokens += tokenizer.encode(gloss.text).length
    const seconds = (performance.now() - start) / 1000
    say(
      `${name}, ${pass}: ${(tokens / seconds / 1e6).toFixed(2)} million tokens/s (${tokens.toLocaleString('en-US')} tokens)`,
    )
  }
}
rmSync(folder, { recursive: true })
