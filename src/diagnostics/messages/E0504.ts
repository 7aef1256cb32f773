import { defineMessage, type Span } from '../diagnostic.ts'

export const E0504 = defineMessage<{ span: Span }>({
  code: 'E0504',
  title: 'a layer map of an unknown form',
  explanation: `A map is uniform, uniform(round = floor), last, a list, or a function m -> 3 * m.

Fails:
    map g : tinybert_4 -> bert_base = first

Passes:
    map g : tinybert_4 -> bert_base = last`,
  build: ({ span }) => ({
    message: 'this is not a layer map',
    span,
    label: 'uniform, last, a list or m -> ...',
  }),
})
