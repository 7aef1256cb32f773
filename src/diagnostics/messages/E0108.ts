import { defineMessage } from '../diagnostic.ts'

export const E0108 = defineMessage<{ name: string; text: string; wanted: string }>({
  code: 'E0108',
  title: '--set with a value of another type',
  explanation: `A setting keeps its type: a number is replaced by a number, a text by a text.

Fails:
    distill train spec.distill --set temperature=hot

Passes:
    distill train spec.distill --set temperature=4`,
  build: ({ name, text, wanted }) => ({
    message: `--set ${name}=${text}: expected ${wanted}`,
  }),
})
