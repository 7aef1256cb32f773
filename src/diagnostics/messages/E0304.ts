import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0304 = defineMessage<{
  span: Span
  operation: string
  problem: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0304',
  title: 'axes that do not fit the operation',
  explanation: `Each operation says which axes it takes and which it makes; a tensor has each axis once.

Fails:
    x = split(split(y, 4), 2)

Passes:
    x = split(join(split(y, 4)), 8)`,
  build: ({ span, operation, problem, secondary }) => ({
    message: `\`${operation}\`: ${problem}`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
