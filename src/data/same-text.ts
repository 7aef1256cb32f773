/** Whether two rows have the same text. */
import type { TextRow } from './rows/form.ts'

/** Equal for texts that differ in capitals, spaces and forms of one character (Unicode NFKC) only. */
function textKey(texts: readonly string[]): string {
  const plain = texts.map((text) => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim())
  return plain.join('\n')
}

/** The text that must not be in two parts: for a question, the paragraph that it asks about. */
export function sharedText({ texts, question }: TextRow): string {
  return textKey(question === undefined ? texts : [question.context])
}

/** The whole text of a row: for a question, also the paragraph that it asks about. */
export function wholeText({ texts, question }: TextRow): string {
  return textKey(question === undefined ? texts : [question.question, question.context])
}
