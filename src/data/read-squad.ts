/**
 * Questions on paragraphs in SQuAD's JSON, versions 1 and 2 (Rajpurkar et al. 2016, 2018):
 * `data[].paragraphs[].context` and `.qas[]` with `id`, `question`, `answers[]` (`text`, `answer_start`) and,
 * in version 2, `is_impossible`.
 */
import { z } from 'zod'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { misplacedAnswer, noExamples, unreadableRow } from '../diagnostics/messages/data-files.ts'
import { alsoIn, readText, shorten } from './read-table.ts'

export interface Answer {
  readonly text: string
  /** UTF-16 units of the context, without the end. */
  readonly start: number
  readonly end: number
}

export interface Question {
  readonly file: string
  /** The line of its `id`. */
  readonly line: number
  readonly id: string
  readonly question: string
  readonly context: string
  /** Empty if the context has no answer (version 2), or if labels are not read. */
  readonly answers: readonly Answer[]
}

const squad = z.object({
  data: z.array(
    z.object({
      paragraphs: z.array(
        z.object({
          context: z.string(),
          qas: z.array(
            z.object({
              id: z.union([z.string(), z.number()]).transform(String),
              question: z.string(),
              is_impossible: z.boolean().nullish(),
              answers: z.array(z.object({ text: z.string(), answer_start: z.int().nonnegative() })).nullish(),
            }),
          ),
        }),
      ),
    }),
  ),
})

/**
 * @param options.labels false: answers are neither required nor read
 * @throws DiagnosticError E0806 (no question), E0807 (not JSON, or not SQuAD's), E0817 (an answer that is not
 * at its place)
 */
export function readSquad(
  file: string,
  options: { readonly labels: boolean; readonly span: Span },
): readonly Question[] {
  const { labels, span } = options
  const text = readText(file, { span, longLines: true })
  const parsed = squad.safeParse(parse(text, file, span))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const problem = `it is not laid out as SQuAD: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`
    throw new DiagnosticError(unreadableRow({ place: file, problem, help, span }))
  }
  const lineOf = lineFinder(text)
  const questions: Question[] = []
  const misplaced: { line: number; read: string; found: string }[] = []
  for (const { context, qas } of parsed.data.data.flatMap(({ paragraphs }) => paragraphs)) {
    const unitOf = unitsOf(context)
    for (const { id, question, is_impossible, answers } of qas) {
      const line = lineOf(id)
      const placed = (!labels || is_impossible ? [] : (answers ?? [])).map((answer): Answer => {
        const start = unitOf(answer.answer_start)
        const end = start + answer.text.length
        const found = context.slice(start, end)
        if (!alike(found, answer.text) || answer.text.trim() === '')
          misplaced.push({ line, read: answer.text, found })
        return { text: answer.text, start, end }
      })
      questions.push({ file, line, id, question, context, answers: placed })
    }
  }
  const [first, ...others] = misplaced
  if (first !== undefined) {
    const shown = { read: shorten(first.read), found: shorten(first.found), also: alsoIn(others) }
    throw new DiagnosticError(misplacedAnswer({ place: `${file}:${first.line}`, ...shown, span }))
  }
  if (questions.length === 0)
    throw new DiagnosticError(noExamples({ path: file, found: 'it holds no question', span }))
  return questions
}

const help =
  'SQuAD has {"data": [{"paragraphs": [{"context": "...", "qas": [{"id": "1", "question": "...", "answers": [{"text": "...", "answer_start": 0}]}]}]}]}'

function parse(text: string, file: string, span: Span): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new DiagnosticError(unreadableRow({ place: file, problem: 'it is not JSON', help, span }))
  }
}

/** SQuAD counts code points. JavaScript's text has two units for those beyond the basic plane. */
function unitsOf(context: string): (point: number) => number {
  if (!/[\ud800-\udfff]/.test(context)) return (point) => point
  const units: number[] = []
  let at = 0
  for (const character of context) {
    units.push(at)
    at += character.length
  }
  return (point) => units[point] ?? at
}

/** Published files differ in spaces and case in some places. */
function alike(a: string, b: string): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').toLowerCase()
  return plain(a) === plain(b)
}

/** Lines of ids in the order of the file. */
function lineFinder(text: string): (id: string) => number {
  let at = 0
  let line = 1
  return (id) => {
    const found = text.indexOf(JSON.stringify(id), at)
    if (found < 0) return line
    for (let i = text.indexOf('\n', at); i >= 0 && i < found; i = text.indexOf('\n', i + 1)) line++
    at = found
    return line
  }
}
