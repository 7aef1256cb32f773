/** What bench/study/prepare.ts writes, in little: files of a few made-up texts under the same names, in words of one piece each. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'

const words = Array.from({ length: 100 }, (_, i) => `w${i}`)
const parts = ['train', 'validation', 'test']

/** The n-th text: eight words. */
const text = (n: number): string =>
  Array.from({ length: 8 }, (_, i) => words[(7 * n + i * i) % words.length]).join(' ')
const texts = Array.from({ length: 12 }, (_, n) => text(n))

const table = (head: string, rows: readonly string[]): string => `${[head, ...rows].join('\n')}\n`

const files: { readonly [name: string]: string } = {
  'vocab.txt': table([...specialPieces].join('\n'), words),
  'vectors.txt': table(
    'w0 1 0',
    words.slice(1).map((word, i) => `${word} ${Math.cos(i)} ${Math.sin(i)}`),
  ),
  'corpus/raw.txt': texts.join('\n'),
  'corpus/tasks.txt': texts.slice(4).join('\n'),
  'held-out.txt': texts.slice(0, 4).join('\n'),
  'snips/labels.txt': 'a\nb\n',
  'clinc150/labels.txt': 'a\nb\n',
}

const contents: { readonly [file: string]: string } = {
  'snips/*.tsv': table(
    'sentence\tlabel',
    texts.map((one, i) => `${one}\t${i % 2 ? 'a' : 'b'}`),
  ),
  'clinc150/*.tsv': table(
    'sentence\tlabel',
    texts.map((one, i) => `${one}\t${i % 3 ? 'a' : 'b'}`),
  ),
  'amazon-ratings/*.tsv': table(
    'sentence\tscore',
    texts.map((one, i) => `${one}\t${i / 4 - 1.5}`),
  ),
  'wnut17/*.conll': `${texts.map((one) => one.split(' ').map(tagged).join('\n')).join('\n\n')}\n`,
  'xquad-part/*.json': JSON.stringify({
    version: '1.1',
    data: [{ title: 'made up', paragraphs: texts.map(paragraph) }],
  }),
}

function tagged(word: string, i: number): string {
  return `${word}\t${i === 2 ? 'B-person' : i === 3 ? 'I-person' : 'O'}`
}

/** The answer is the first word. */
function paragraph(context: string, i: number) {
  const answer = context.split(' ')[0] ?? ''
  const qas = [{ id: `${i}`, question: text(i + 5), answers: [{ text: answer, answer_start: 0 }] }]
  return { context, qas }
}

/** Writes all into `folder`. */
export function writeTinyData(folder: string): void {
  for (const [name, content] of Object.entries(files)) write(join(folder, name), content)
  for (const [name, content] of Object.entries(contents))
    for (const part of parts) write(join(folder, name.replace('*', part)), content)
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
