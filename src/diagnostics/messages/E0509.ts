import { defineMessage, type Span } from '../diagnostic.ts'

export const E0509 = defineMessage<{ span: Span; name: string }>({
  code: 'E0509',
  title: 'an end of a map without layers',
  explanation: `A map goes between two models (or teachers and students) that have a setting \`layers\`.

Fails:
    map g : classifier -> bert_base = uniform

Passes:
    map g : tinybert_4 -> bert_base = uniform`,
  build: ({ span, name }) => ({
    message: `\`${name}\` has no \`layers\`, which a layer map needs`,
    span,
    label: 'a model with `layers` wanted',
  }),
})
