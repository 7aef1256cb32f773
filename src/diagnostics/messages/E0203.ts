import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0203 = defineMessage<{
  span: Span
  problem: string
  help?: string | undefined
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0203',
  title: 'a change that does not fit what it changes',
  explanation: `Inside \`with\`, a value replaces a value, a block merges into a block, and \`layer[m] { }\` into a
repeated block under its own index name.

Fails:
    model m = bert_base with { layer { output = ffn.norm } }

Passes:
    model m = bert_base with { layer[m] { output = ffn.norm } }`,
  build: ({ span, problem, help, secondary }) => ({
    message: problem,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})
