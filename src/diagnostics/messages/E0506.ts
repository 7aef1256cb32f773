import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0506 = defineMessage<{
  span: Span
  projection: string
  wanted: number
  shape: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0506',
  title: 'a state that does not fit the projection',
  explanation: `A projection goes from one size to another; its argument has the first.

Fails:
    mse(W(T.hidden[12]), T.hidden[12])

Passes:
    mse(W(S.hidden[4]), T.hidden[12])`,
  build: ({ span, projection, wanted, shape, secondary }) => ({
    message: `${projection} takes ${wanted} units, found ${shape}`,
    span,
    label: `${wanted} units wanted`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
