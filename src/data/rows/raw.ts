/** Raw text: one text in each line, or documents, packed into blocks of `max_length` tokens. */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { noExamples } from '../../diagnostics/messages/data-files.ts'
import { packDocument, packPairs } from '../encode.ts'
import { isLarger } from '../file-part.ts'
import { readText } from '../read-table.ts'
import type { RowForm } from './form.ts'

/** Lines: empty ones are left out. Documents: runs of lines between empty ones. */
export const raw: RowForm = {
  oneExample: false,
  read({ text: { kind } }, file, span, { limit }) {
    const rows: { file: string; line: number; texts: string[] }[] = []
    let inside = false
    for (const [i, line] of readText(file, { span, limit }).split(/\r?\n/).entries()) {
      if (line.trim() === '') inside = false
      else if (kind === 'documents' && inside) rows.at(-1)?.texts.push(line)
      else {
        inside = true
        rows.push({ file, line: i + 1, texts: [line] })
      }
    }
    if (rows.length === 0 && !isLarger(file, limit))
      throw new DiagnosticError(noExamples({ path: file, found: 'it holds no text', span }))
    return rows
  },
  encode({ text, maxLength }, { texts }, { tokenizer, ordered, draw }) {
    return text.kind === 'documents' && ordered
      ? packPairs(tokenizer, texts, maxLength, draw)
      : packDocument(tokenizer, texts, maxLength)
  },
}
