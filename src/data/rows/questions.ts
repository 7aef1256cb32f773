/** Questions on paragraphs in SQuAD's JSON: windows of the paragraph, each with its question. */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unknownFormat } from '../../diagnostics/messages/data-files.ts'
import { encodeQuestion } from '../encode-question.ts'
import { isLarger } from '../file-part.ts'
import { readSquad } from '../read-squad.ts'
import type { RowForm } from './form.ts'

export const questions: RowForm = {
  oneExample: false,
  read({ format }, file, span, { labels, limit }) {
    // JSON has no complete rows before its end.
    if (isLarger(file, limit)) return []
    if (format !== 'squad' && !(format === 'by-extension' && /\.json(\.gz)?$/i.test(file)))
      throw new DiagnosticError(unknownFormat({ path: file, known: ['squad'], span }))
    const asked = readSquad(file, { labels, span })
    return asked.map((question, i) => {
      const { line, context, question: text } = question
      // A context counts once for all its questions.
      const texts = asked[i - 1]?.context === context ? [text] : [text, context]
      return { file, line, texts, question }
    })
  },
  encode({ label, maxLength }, { question }, { tokenizer }) {
    return question === undefined || label?.kind !== 'span'
      ? []
      : encodeQuestion(tokenizer, question, label, maxLength, true)
  },
}
