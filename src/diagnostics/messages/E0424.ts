import { defineMessage, type Span } from '../diagnostic.ts'

export const E0424 = defineMessage<{
  span: Span
  first: string
  second: string
  firstSource: string
  secondSource: string
  firstSpan: Span
}>({
  code: 'E0424',
  title: 'one shared parameter with two sources',
  explanation: `Layers that share a parameter hold it once, so it can come from one place only; a mean of several is one place.

Fails:
    model one = bert_base with { share layer[*] in 1 group }
    student S : one { init { layer[m] from T.layer[m] } }

Passes:
    model one = bert_base with { share layer[*] in 1 group }
    student S : one { init { layer[*] from mean(T.layer[1..12]) } }`,
  build: ({ span, first, second, firstSource, secondSource, firstSpan }) => ({
    message: `\`${first}\` and \`${second}\` are one parameter with two sources`,
    span,
    label: secondSource,
    ...(firstSpan === span ? {} : { secondary: [{ span: firstSpan, text: firstSource }] }),
    help: `${firstSource} and ${secondSource}: choose one, or take mean(...) of a range`,
  }),
})
