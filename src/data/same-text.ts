/** Whether two rows have the same text. */
import type { TextRow } from './rows/form.ts'

/** Whether NFKC leaves all characters alone, and spaces are single and inside. Most texts are so. */
const isPlain = (text: string): boolean => !/[^ -~]| {2}|^ | $/.test(text)

/** Equal for texts that differ in capitals, spaces and forms of one character (Unicode NFKC) only. */
function textKey(texts: readonly string[]): string {
  const normal = texts.map((text) =>
    isPlain(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim(),
  )
  return normal.join('\n')
}

/** The text that must not be in two parts: for a question, the paragraph that it asks about. */
export function sharedText({ texts, question }: TextRow): string {
  return textKey(question === undefined ? texts : [question.context])
}

/** The whole text of a row: for a question, also the paragraph that it asks about. */
export function wholeText({ texts, question }: TextRow): string {
  return textKey(question === undefined ? texts : [question.question, question.context])
}
