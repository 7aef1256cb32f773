/**
 * The files that the data blocks of a shipped spec name, made up: words drawn from a vocabulary in which each word is one piece, so that a text has as many tokens as is
 * asked for. What tests at reduced size and benchmarks at published size train on.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DataSpec, Program } from '../../src/check/program.ts'
import { filesOf, splitNames } from '../../src/check/splits.ts'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { random } from '../lower/spec-run.ts'

export interface MadeUp {
  /** Pieces of every vocabulary. */
  readonly vocabulary: number
  /** Texts of each file; paragraphs of one question where the data are questions. */
  readonly examples: number
  /** Pieces of a text (a line, a document, a column or a context), where the data block takes as many. */
  readonly words: number
}

/** Writes every file that the data blocks of a program name, where the spec looks for it. */
export function writeDataOf(program: Program, size: MadeUp): void {
  for (const data of program.data.values()) {
    if (data.tokenizer.kind === 'folder') {
      const pieces = [...specialPieces, ...words(size).map((_, i) => word(i))]
      write(join(data.tokenizer.file.path, 'vocab.txt'), `${pieces.join('\n')}\n`)
    }
    for (const file of splitNames.flatMap((split) => filesOf(data, split)))
      write(file.path.replace('*', 'part'), contentOf(data, size))
    const vectors = data.augment?.vectors
    if (vectors)
      write(
        vectors.path,
        words(size)
          .slice(0, 50)
          .map((_, i) => `${word(i)} ${random(i).toFixed(4)} ${random(i + 1000).toFixed(4)}\n`)
          .join(''),
      )
  }
}

function contentOf(data: DataSpec, size: MadeUp): string {
  const { label, text: source } = data
  // no more than fills an example, [CLS], [SEP] and a question of two words included: what is left over would be a short example of its own
  const longest = { ...size, words: Math.min(size.words, data.maxLength - 5) }
  const texts = Array.from({ length: size.examples }, (_, i) => text(i * size.words, longest))
  if (source.kind === 'lines') return `${texts.join('\n')}\n`
  // a document is sentences of 16 words, one a line
  if (source.kind === 'documents') return texts.map((one) => `${one.replaceAll('. ', '.\n')}\n`).join('\n')
  if (label?.kind === 'span') return questions(texts)
  return table(data, texts)
}

/** A TSV file with the columns of texts and labels; a pair is the two halves of a text. Other columns that the block names hold a dash. */
function table({ name, columns, label, text: source, train }: DataSpec, texts: readonly string[]): string {
  const read = source.kind === 'column' ? [source.column] : source.kind === 'pair' ? source.columns : []
  if (
    read.length === 0 ||
    !train?.[0]?.path.endsWith('.tsv') ||
    (label?.kind !== 'class' && label?.kind !== 'number')
  )
    throw new Error(`no synthetic data like ${name}`)
  const header = columns ?? [...read, label.column]
  const rows = texts.map((one, i) => {
    const words = one.split(' ')
    const size = Math.ceil(words.length / read.length)
    const fields = new Map(read.map((column, k) => [column, words.slice(k * size, (k + 1) * size).join(' ')]))
    const answer = label.kind === 'class' ? label.labels?.[i % label.labels.length] : (i % 11) / 2
    fields.set(label.column, `${answer}`)
    return header.map((column) => fields.get(column) ?? '-').join('\t')
  })
  return [...(columns ? [] : [header.join('\t')]), ...rows, ''].join('\n')
}

/** A SQuAD file: the answer is the third and fourth word of a paragraph. */
function questions(texts: readonly string[]): string {
  const paragraphs = texts.map((context, i) => {
    const [first, second, ...answer] = context.split(' ').slice(0, 4)
    const start = `${first} ${second} `.length
    return {
      context,
      qas: [
        {
          id: `${i}`,
          question: answer.join(' '),
          answers: [{ text: answer.join(' '), answer_start: start }],
        },
      ],
    }
  })
  return JSON.stringify({ version: '1.1', data: [{ title: 'made up', paragraphs }] })
}

const words = ({ vocabulary }: MadeUp): unknown[] => new Array(vocabulary - specialPieces.length - 1).fill(0)
/** The first one ends a sentence. */
const word = (n: number): string => (n === 0 ? '.' : `w${n}`)

/** Every seventeenth piece ends a sentence. */
function text(seed: number, size: MadeUp): string {
  const known = words(size).length - 1
  return Array.from({ length: size.words }, (_, i) =>
    i % 17 === 16 ? '.' : ` ${word(1 + Math.floor(random(seed + i) * known))}`,
  )
    .join('')
    .trim()
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
