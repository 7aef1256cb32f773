import { defineMessage, type Span } from '../diagnostic.ts'

export const E0846 = defineMessage<{ span: Span; data: string }>({
  code: 'E0846',
  title: 'data that is defined by itself',
  explanation: `A tokenizer or a base may be taken from another data block, but not in a circle.

Fails:
    data a { train = "a.txt", text = lines, tokenizer = b.tokenizer }
    data b { train = "b.txt", text = lines, tokenizer = a.tokenizer }

Passes:
    data a { train = "a.txt", text = lines, tokenizer = wordpiece(size = 8000) }
    data b { train = "b.txt", text = lines, tokenizer = a.tokenizer }`,
  build: ({ span, data }) => ({
    message: `data \`${data}\` is defined by itself`,
    span,
    help: 'one of the blocks has to name a folder or wordpiece(size = 8000)',
  }),
})
