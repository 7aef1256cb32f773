import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataSpec } from '../../src/check/program.ts'
import { makeBatch } from '../../src/data/batching.ts'
import { encodeQuestion } from '../../src/data/encode-question.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { type Question, readSquad } from '../../src/data/read-squad.ts'
import { normalization } from '../../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../../src/data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../../src/data/tokenizer/wordpiece.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { block, files, programOf, span } from './blocks.ts'
import { rustTokenizer } from './rust-tokenizer.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-squad-'))
afterAll(() => rmSync(folder, { recursive: true }))
let written = 0
function write(json: unknown): string {
  const place = path.join(folder, `${written++}.json`)
  writeFileSync(place, typeof json === 'string' ? json : JSON.stringify(json))
  return place
}
const paragraph = (context: string, qas: readonly object[]) => ({
  data: [{ paragraphs: [{ context, qas }] }],
})
const read = (json: unknown) => readSquad(write(json), { labels: true, span })
const xquad = path.resolve('test/fixtures/tasks/xquad.json')

describe('SQuAD files', () => {
  it('of version 1: answers where their text stands', () => {
    const questions = readSquad(xquad, { labels: true, span })
    expect(questions).toHaveLength(43)
    for (const { context, answers } of questions) {
      expect(answers.length).toBeGreaterThan(0)
      for (const { text, start, end } of answers) expect(context.slice(start, end)).toBe(text)
    }
    const [first] = questions
    expect(first).toMatchObject({
      id: '56beb4343aeaaa14008c925b',
      answers: [{ text: '308', start: 34, end: 37 }],
    })
    expect(readFileSync(xquad, 'utf8').split('\n')[(first?.line ?? 0) - 1]).toContain(first?.id)
  })
  it('of version 2: questions without an answer', () => {
    const qas = [
      {
        id: 'a',
        question: 'Who?',
        is_impossible: true,
        answers: [],
        plausible_answers: [{ text: 'Ann', answer_start: 0 }],
      },
      { id: 'b', question: 'Who?', is_impossible: false, answers: [{ text: 'Ann', answer_start: 0 }] },
    ]
    expect(read(paragraph('Ann ran.', qas)).map(({ answers }) => answers.length)).toEqual([0, 1])
  })
  it('count code points, not units', () => {
    const [question] = read(
      paragraph('🙂🙂 Ann', [{ id: 1, question: 'Who?', answers: [{ text: 'Ann', answer_start: 3 }] }]),
    )
    expect(question?.answers).toEqual([{ text: 'Ann', start: 5, end: 8 }])
    expect(question?.id).toBe('1')
  })
  it.each([
    ['no JSON', '{', 'E0807'],
    ['another layout', { data: [{ paragraphs: [{ context: 'a' }] }] }, 'E0807'],
    ['no question', { data: [] }, 'E0806'],
    [
      'a moved answer',
      paragraph('Ann ran.', [{ id: 'a', question: 'Who?', answers: [{ text: 'Ann', answer_start: 4 }] }]),
      'E0817',
    ],
    [
      'an empty answer',
      paragraph('Ann ran.', [{ id: 'a', question: 'Who?', answers: [{ text: '', answer_start: 0 }] }]),
      'E0817',
    ],
  ])('%s is refused', (_, json, code) => {
    const codes = (): readonly string[] => {
      try {
        read(json)
        return []
      } catch (error) {
        if (error instanceof DiagnosticError) return error.diagnostics.map((one) => one.code)
        throw error
      }
    }
    expect(codes()).toEqual([code])
  })
  it('a moved answer is shown with what stands there', () => {
    const moved = paragraph('Ann ran.', [
      { id: 'a', question: 'Who?', answers: [{ text: 'Ann', answer_start: 4 }] },
    ])
    expect(() => read(moved)).toThrow(
      /the answer `Ann` is not at its `answer_start`: there the context has `ran`/,
    )
  })
})

const languages = readFileSync('test/fixtures/texts/languages.txt', 'utf8').split('\n')
const questions = readSquad(xquad, { labels: true, span })

describe('places of pieces', () => {
  it.each([true, false])('are those of the Rust tokenizers, lower case %s', async (lowercase) => {
    const how = normalization(lowercase)
    const texts = [...languages, ...new Set(questions.map(({ context }) => context))]
    const vocabulary = trainWordPiece(texts, { size: 2500, normalization: how, source: 'd' })
    const own = wordPieceTokenizer(vocabulary, how)
    const rust = rustTokenizer(vocabulary.pieces, how)
    let compared = 0
    for (const text of texts) {
      const placed = own.place(text)
      expect(placed.ids).toEqual(own.encode(text))
      const encoding = await rust.encode(text, null, { addSpecialTokens: false })
      // The reference counts code points.
      const units = [0]
      for (const character of text) units.push((units.at(-1) ?? 0) + character.length)
      const offsets = encoding.getOffsets().map(([from = 0, to = 0]) => [units[from], units[to]])
      const own2 = Array.from(placed.ids, (_, i) => [placed.begins[i], placed.ends[i]])
      expect(own2).toEqual(offsets)
      compared += own2.length
    }
    expect(compared).toBeGreaterThan(1500)
  })
})

describe('windows', () => {
  const how = normalization(true)
  const texts = questions.flatMap(({ question, context }) => [question, context])
  const tokenizer = wordPieceTokenizer(
    trainWordPiece(texts, { size: 900, normalization: how, source: 'd' }),
    how,
  )
  const source = { kind: 'span', stride: 20, question: 12, span } as const
  const textOf = (tokens: Int32Array) => Array.from(tokens, (id) => tokenizer.vocabulary.pieces[id]).join(' ')

  it('overlap by what the stride leaves, and cover the context', () => {
    for (const question of questions) {
      const windows = encodeQuestion(tokenizer, question, source, 64, true)
      const asked = Math.min(12, tokenizer.encode(question.question).length)
      const context = tokenizer.encode(question.context)
      const covered: number[] = []
      for (const [i, { tokens, segments, window }] of windows.entries()) {
        expect(tokens.length).toBeLessThanOrEqual(64)
        expect(segments.indexOf(1)).toBe(asked + 2)
        const part = tokens.subarray(asked + 2, -1)
        expect(part).toEqual(context.subarray(20 * i, 20 * i + part.length))
        for (let k = 0; k < part.length; k++)
          covered[20 * i + k] = (covered[20 * i + k] ?? 0) + (window.central[asked + 2 + k] ?? 0)
      }
      // Each piece of the context is central in exactly one window.
      expect(covered).toEqual(Array(context.length).fill(1))
    }
  })
  it('hold the answer as tokens, where they hold it', () => {
    let held = 0
    for (const question of questions) {
      const windows = encodeQuestion(tokenizer, question, source, 64, true)
      const [answer] = question.answers
      for (const { window, tokens } of windows) {
        const { start = 0, end = 0 } = window
        if (end === 0) continue
        held++
        expect(question.context.slice(window.begins[start], window.ends[end]), textOf(tokens)).toContain(
          answer?.text,
        )
        // no token too many
        expect(window.ends[start]).toBeGreaterThan(answer?.start ?? 0)
        expect(window.begins[end]).toBeLessThan(answer?.end ?? 0)
      }
      expect(windows.some(({ window }) => (window.end ?? 0) > 0)).toBe(true)
    }
    expect(held).toBeGreaterThan(questions.length)
  })
  it('without all of the answer point to [CLS]', () => {
    const one: Question = {
      file: 'f',
      line: 1,
      id: '1',
      question: 'who',
      context: 'the team the team the team defense',
      answers: [{ text: 'team defense', start: 22, end: 34 }],
    }
    const pieces = tokenizer.encode(one.context).length
    const windows = encodeQuestion(tokenizer, one, { ...source, stride: 1 }, pieces + 3, true)
    const ends = windows.map(({ window }) => window.end)
    expect(ends.length).toBeGreaterThan(1)
    expect(ends[0]).toBe(0)
    expect(ends.at(-1)).toBeGreaterThan(0)
  })
  it('are batches with starts and ends', () => {
    const spec: DataSpec = block({
      name: 'd',
      train: files(xquad),
      text: { kind: 'pair', columns: ['question', 'context'], span },
      label: { kind: 'span', stride: 128, question: 64, span },
      maxLength: 384,
      tokenizer: { kind: 'wordpiece', size: 900, lowercase: true, data: 'd', span },
    })
    const { splits, vocabulary } = loadDataset(programOf(spec), 'd')
    const examples = splits.get('train') ?? []
    const batch = makeBatch(examples.slice(0, 5), vocabulary, { pad: 'longest', maxLength: 384 })
    for (const side of ['start', 'end'] as const) {
      expect(batch.inputs.get(`batch.${side}`)).toMatchObject({ dtype: 'i32', shape: [5] })
      expect([...(batch.inputs.get(`batch.${side}`)?.data ?? [])]).toEqual(
        examples.slice(0, 5).map(({ window }) => window?.[side]),
      )
    }
    expect(examples.map(({ id }) => id)).toEqual(examples.map((_, i) => i))
  })
})
