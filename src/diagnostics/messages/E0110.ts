import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0110 = defineMessage<{
  span: Span
  wanted: string
  found: string
  secondary?: readonly Label[] | undefined
  help?: string | undefined
}>({
  code: 'E0110',
  title: 'another kind of thing was expected',
  explanation: `Numbers, tensors, models, axes and texts are different things, and none turns into another by
itself.

Fails:
    loss l = mse(S, T)

Passes:
    loss l = mse(S.hidden[4], T.hidden[12])`,
  build: ({ span, wanted, found, secondary, help }) => ({
    message: `expected ${wanted}, found ${found}`,
    span,
    label: `expected ${wanted}`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})
