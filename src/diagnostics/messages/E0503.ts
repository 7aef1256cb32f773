import { defineMessage, type Span } from '../diagnostic.ts'

export const E0503 = defineMessage<{
  span: Span
  map: string
  layer: number
  target: number
  teachers: number
  model: string
  help?: string | undefined
}>({
  code: 'E0503',
  title: 'a layer map that leaves the teacher',
  explanation: `Layers are numbered 1..T; 0 is the embedding and maps to 0.

Fails:
    map g : tinybert_4 -> bert_base = [3, 6, 9, 13]

Passes:
    map g : tinybert_4 -> bert_base = [3, 6, 9, 12]`,
  build: ({ span, map, layer, target, teachers, model, help }) => ({
    message: `${map}(${layer}) = ${target} is outside 1..${teachers}, the layers of ${model}`,
    span,
    label: 'outside',
    ...(help === undefined ? {} : { help }),
  }),
})
