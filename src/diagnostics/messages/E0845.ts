import { defineMessage, type Span } from '../diagnostic.ts'

export const E0845 = defineMessage<{ span: Span; sum: number }>({
  code: 'E0845',
  title: 'shares that do not add up',
  explanation: `\`replace\` says which share of the chosen tokens becomes [MASK], stays, and becomes a random token; the three make 100%.

Fails:
    data d { train = "a.txt", text = lines, tokenizer = "weights/bert-base", mask { replace = [80%, 15%, 10%] } }

Passes:
    data d { train = "a.txt", text = lines, tokenizer = "weights/bert-base", mask { replace = [80%, 10%, 10%] } }`,
  build: ({ span, sum }) => ({
    message: `these shares add up to ${Number((100 * sum).toFixed(4))}%`,
    span,
    help: 'mask, keep and random make 100%: replace = [80%, 10%, 10%]',
  }),
})
