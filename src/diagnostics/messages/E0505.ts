import { defineMessage, type Span } from '../diagnostic.ts'

export const E0505 = defineMessage<{ span: Span; map: string; layer: number; layers: number }>({
  code: 'E0505',
  title: 'a layer that the map has not',
  explanation: `A map is defined on the layers of its student.

Fails:
    mse(S.hidden[4], T.hidden[g(5)])

Passes:
    mse(S.hidden[4], T.hidden[g(4)])`,
  build: ({ span, map, layer, layers }) => ({
    message: `${map}(${layer}): ${map} maps layers 0..${layers}`,
    span,
    label: `only 0..${layers}`,
  }),
})
