import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0502 = defineMessage<{
  span: Span
  entries: number
  layers: number
  model: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0502',
  title: 'a layer map of the wrong length',
  explanation: `A list gives the teacher's layer for each layer 1..M of the student; 0 maps to 0 by itself.

Fails:
    map g : tinybert_4 -> bert_base = [3, 6, 9]

Passes:
    map g : tinybert_4 -> bert_base = [3, 6, 9, 12]`,
  build: ({ span, entries, layers, model, secondary }) => ({
    message: `${entries} entries for the ${layers} layers of ${model}`,
    span,
    label: `${layers} entries wanted`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})
