/** The form of a data block's rows, decided by its labels, otherwise by its texts. */
import type { DataSpec, LabelSource } from '../../check/program.ts'
import { isRaw } from './columns.ts'
import type { RowForm } from './form.ts'
import { questions } from './questions.ts'
import { raw } from './raw.ts'
import { classes, numbers, unlabelled } from './table.ts'
import { words } from './words.ts'

const forms: { readonly [Kind in LabelSource['kind']]: RowForm } = {
  class: classes,
  number: numbers,
  tags: words,
  span: questions,
}

export function rowForm({ text, label }: DataSpec): RowForm {
  if (isRaw(text)) return raw
  return label === undefined ? unlabelled : forms[label.kind]
}
