import { defineMessage, type Span } from '../diagnostic.ts'

export const E0012 = defineMessage<{ span: Span; text: string }>({
  code: 'E0012',
  title: 'a number that cannot be read',
  explanation: `Numbers are written 768, 30_522, 0.02, 5e-5, 15% and 2GiB (KB, MB, GB, TB, KiB, MiB, GiB, TiB). A name begins with a letter.

Fails:
    model small = bert_base with { layers = 4x }

Passes:
    model small = bert_base with { layers = 4 }`,
  build: ({ span, text }) => ({
    message: `\`${text}\` is no number`,
    span,
    help: 'numbers are written 768, 30_522, 0.02, 5e-5, 15% or 2GiB; a name begins with a letter',
  }),
})
