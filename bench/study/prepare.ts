/**
 * Writes what the study's specs read into bench/study/data: raw text for pre-training, its vocabulary, and each data set in three parts. Where a set is
 * published in two, the second is our test and every tenth example (or paragraph) of the first our validation set.
 *
 *   npx tsx bench/study/prepare.ts --data FOLDER
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { normalization } from '../../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../../src/data/tokenizer/train-wordpiece.ts'
import { prepareQuestions } from './questions.ts'
import { rawText } from './texts.ts'
import { prepareVectors } from './vectors.ts'

const vocabularySize = 4000

/** Where each set comes from, and its files in the folder of --data. */
const sources = {
  snips: {
    files: ['train.tsv', 'dev.tsv'],
    from: 'sonos/nlu-benchmark, 2017-06-custom-intent-engines (CC0)',
  },
  clinc150: {
    files: ['train.tsv', 'dev.tsv', 'test.tsv'],
    from: 'clinc/oos-eval, in-scope part of data_full.json (CC BY 3.0)',
  },
  wnut17: {
    files: ['train.conll', 'dev.conll', 'test.conll'],
    from: 'leondz/emerging_entities_17 (CC BY 4.0)',
  },
  'amazon-ratings': {
    files: ['train.tsv', 'dev.tsv'],
    from: 'cjhutto/vaderSentiment, amazonReviewSnippets_GroundTruth (MIT), a tenth of it as dev.tsv',
  },
  'xquad-part': {
    files: ['train.json'],
    from: 'google-deepmind/xquad, first half of xquad.en.json (CC BY-SA 4.0)',
  },
}

function main(): void {
  const { values } = parseArgs({ options: { data: { type: 'string' } } })
  const into = new URL('data', import.meta.url).pathname
  const { data } = values
  if (data === undefined) throw new Error('say where the data sets are: --data FOLDER (docs/reproduction.md)')
  requireFiles(data)
  prepareCorpus(into)
  prepareVectors(join(into, 'vectors.txt'))
  for (const set of ['snips', 'amazon-ratings']) {
    const [head = '', ...rows] = readLines(join(data, set, 'train.tsv'))
    const [train, validation] = part(rows)
    write(join(into, set), 'train.tsv', [head, ...train])
    write(join(into, set), 'validation.tsv', [head, ...validation])
    write(join(into, set), 'test.tsv', readLines(join(data, set, 'dev.tsv')))
  }
  for (const [set, ending] of [
    ['clinc150', 'tsv'],
    ['wnut17', 'conll'],
  ] as const)
    for (const [source, target] of [
      ['train', 'train'],
      ['dev', 'validation'],
      ['test', 'test'],
    ])
      write(join(into, set), `${target}.${ending}`, readLines(join(data, set, `${source}.${ending}`)))
  for (const set of ['snips', 'clinc150']) {
    const labels = readLines(join(into, set, 'train.tsv'))
      .slice(1)
      .map((row) => row.split('\t').at(-1) ?? '')
    write(join(into, set), 'labels.txt', [...new Set(labels)].sort())
  }
  const contexts = prepareQuestions(join(data, 'xquad-part', 'train.json'), join(into, 'xquad-part'))
  const texts = ['snips', 'clinc150', 'amazon-ratings'].flatMap((set) =>
    firstColumn(join(into, set, 'train.tsv')),
  )
  write(join(into, 'corpus'), 'tasks.txt', [
    ...texts,
    ...sentences(readLines(join(into, 'wnut17', 'train.conll'))),
    ...contexts,
  ])
}

/** The texts of a table, without its head. */
function firstColumn(path: string): string[] {
  return readLines(path)
    .slice(1)
    .map((row) => row.split('\t')[0] ?? '')
}

/** The words between empty lines of a CoNLL file as texts. */
function sentences(lines: readonly string[]): string[] {
  const words = lines.map((line) => line.split(/\s/)[0] ?? '')
  return words
    .join(' ')
    .split('  ')
    .filter((text) => text !== '')
}

/** Every file of every set that is not there, with its source. */
function requireFiles(data: string): void {
  const missing = Object.entries(sources).flatMap(([set, { files, from }]) =>
    files
      .filter((file) => !existsSync(join(data, set, file)))
      .map((file) => `${join(data, set, file)}: ${from}`),
  )
  if (missing.length > 0) throw new Error(`these files are not there:\n  ${missing.join('\n  ')}`)
}

/** Every 200th line is held out: the perplexity of pre-training is measured there. */
function prepareCorpus(into: string): void {
  const lines = rawText()
  const isHeldOut = (_: string, i: number): boolean => i % 200 === 0
  const train = lines.filter((line, i) => !isHeldOut(line, i))
  write(join(into, 'corpus'), 'raw.txt', train)
  write(into, 'held-out.txt', lines.filter(isHeldOut))
  const { pieces } = trainWordPiece(train, {
    size: vocabularySize,
    normalization: normalization(true),
    source: 'corpus',
  })
  write(into, 'vocab.txt', pieces)
}

/** All but every tenth, and every tenth. */
function part(rows: readonly string[]): [string[], string[]] {
  return [rows.filter((_, i) => i % 10 !== 9), rows.filter((_, i) => i % 10 === 9)]
}

function readLines(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
}

function write(folder: string, name: string, lines: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
