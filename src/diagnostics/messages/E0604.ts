import { defineMessage, type Span } from '../diagnostic.ts'

export const E0604 = defineMessage<{
  span: Span
  name: string
  what: string
  known: readonly string[]
  similar?: string | undefined
}>({
  code: 'E0604',
  title: 'an unknown mask or axis',
  explanation: `Masks: attended (the default), masked, first_piece, any. Axes: example, token, head, unit, class
and their twins.

Fails:
    loss l = mse(s, t) where maskd

Passes:
    loss l = mse(s, t) where masked`,
  build: ({ span, name, what, known, similar }) => ({
    message: `\`${name}\` is not ${what}`,
    span,
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
    help: `${known.join(', ')}`,
  }),
})
