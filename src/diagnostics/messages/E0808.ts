import { defineMessage, type Span } from '../diagnostic.ts'

export const E0808 = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0808',
  title: 'there is no vocabulary at this place',
  explanation: `\`tokenizer = "FOLDER"\` wants a folder with \`vocab.txt\`, \`spiece.model\` or \`tokenizer.json\`, or one of these files.

Fails (the folder holds weights only):
    data corpus { train = "corpus.txt", text = lines, tokenizer = "weights/only" }

Passes:
    data corpus { train = "corpus.txt", text = lines, tokenizer = "weights/bert-base" }`,
  build: ({ path, found, span }) => ({
    message: `no vocabulary at \`${path}\`: ${found}`,
    help: 'name a folder with vocab.txt, spiece.model or tokenizer.json, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})
