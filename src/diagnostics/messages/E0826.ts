import { defineMessage } from '../diagnostic.ts'

export const E0826 = defineMessage<{ line: number; problem: string; help: string }>({
  code: 'E0826',
  title: 'a line is not what the model reads',
  explanation: `\`distill predict\` reads a text a line. Some heads need more of a line: a pair of texts, or a question and the text that has its answer, is two
texts with one tab between; a masked language model needs [MASK] where it is to fill in a word.

Fails:
    echo "Who wrote it?" | distill predict runs/questions

Passes:
    printf 'Who wrote it?\\tAda wrote it in 1843.\\n' | distill predict runs/questions`,
  build: ({ line, problem, help }) => ({ message: `line ${line} of the input ${problem}`, help }),
})
