import { defineMessage, type Span } from '../diagnostic.ts'

export const E0119 = defineMessage<{ span: Span; name: string; wanted: string; found: string }>({
  code: 'E0119',
  title: 'a name of another kind of declaration',
  explanation: `A teacher or student is made of a model; a stage follows a stage; a head is a \`head\`.

Fails:
    student S : classifier { }

Passes:
    student S : tinybert_4 { heads { task = classifier(2) } }`,
  build: ({ span, name, wanted, found }) => ({
    message: `\`${name}\` is ${found}, not ${wanted}`,
    span,
    label: `expected ${wanted}`,
  }),
})
