import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0501 = defineMessage<{
  span: Span
  from: string
  to: string
  students: number
  teachers: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0501',
  title: 'depths that do not divide',
  explanation: `\`uniform\` takes every k-th layer of the teacher, k = T / M, so k must be whole.

Fails:
    map g : five_layers -> bert_base = uniform

Passes:
    map g : five_layers -> bert_base = uniform(round = floor)
    map h : five_layers -> bert_base = [2, 4, 6, 9, 12]`,
  build: ({ span, from, to, students, teachers, secondary }) => ({
    message: `${teachers} layers of ${to} do not divide by ${students} of ${from}`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: '`uniform(round = floor)` rounds down; a list such as [2, 4, 6, 9, 12] says each layer',
  }),
})
