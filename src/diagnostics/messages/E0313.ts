import { defineMessage, type Span } from '../diagnostic.ts'

export const E0313 = defineMessage<{
  span: Span
  operation: string
  first: string
  second: string
  help?: string | undefined
}>({
  code: 'E0313',
  title: 'two states of different axes',
  explanation: `Losses do not broadcast: both sides have the same axes.

Fails:
    loss l = mse(S.hidden[4], T.scores[12])

Passes:
    loss l = mse(S.hidden[4], T.hidden[12])`,
  build: ({ span, operation, first, second, help }) => ({
    message: `\`${operation}\` of ${first} and ${second}: the axes differ`,
    span,
    label: 'the axes differ',
    ...(help === undefined ? {} : { help }),
  }),
})
