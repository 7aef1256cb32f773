import { defineMessage, type Span } from '../diagnostic.ts'

export const E0205 = defineMessage<{
  span: Span
  model: string
  message: string
  requirement?: Span | undefined
}>({
  code: 'E0205',
  title: 'a requirement of the model does not hold',
  explanation: `A model states with \`require\` what its settings must fulfil.

Fails:
    model m = bert_base with { heads = 7 }

Passes:
    model m = bert_base with { heads = 8 }`,
  build: ({ span, model, message, requirement }) => ({
    message: `${model}: ${message}`,
    span,
    label: 'breaks a requirement of the model',
    ...(requirement === undefined ? {} : { secondary: [{ span: requirement, text: 'required here' }] }),
  }),
})
