import { defineMessage, type Span } from '../diagnostic.ts'

export const E0813 = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0813',
  title: 'a SentencePiece tokenizer cannot be used',
  explanation: `\`spiece.model\`, or a \`tokenizer.json\` whose model is Unigram: pieces with a score each, among them the padding (\`<pad>\`), the unknown
piece (\`<unk>\`), \`[CLS]\`, \`[SEP]\` and \`[MASK]\`, as ALBERT has them. SentencePiece models of byte pairs, words or characters are other models.

Fails:
    a spiece.model of which only the first half was downloaded

Passes:
    the whole spiece.model of an ALBERT`,
  build: ({ path, problem, span }) => ({
    message: `the tokenizer \`${path}\` cannot be used: ${problem}`,
    help: 'use the spiece.model or tokenizer.json of an ALBERT model, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})
