import { defineMessage } from '../diagnostic.ts'

export const E1110 = defineMessage<{ path: string; endings: readonly string[] }>({
  code: 'E1110',
  title: 'a picture has no such form',
  explanation: `The ending of the file says which form \`distill graph\` writes: .svg for a picture, .html for a page to look into, .dot for Graphviz.

Fails:
    distill graph demo.distill -o demo.png

Passes:
    distill graph demo.distill -o demo.svg`,
  build: ({ path, endings }) => ({
    message: `cannot tell the form of a picture from \`${path}\``,
    help: `its ending says it: ${endings.map((ending) => `.${ending}`).join(', ')}`,
  }),
})
