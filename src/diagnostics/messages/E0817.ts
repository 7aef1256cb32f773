import { defineMessage, type Span } from '../diagnostic.ts'

export const E0817 = defineMessage<{ place: string; read: string; found: string; also: string; span?: Span }>(
  {
    code: 'E0817',
    title: 'an answer does not stand where the file says',
    explanation: `\`answer_start\` counts the characters (Unicode code points) of the context before the answer; the context must have the answer's text there. A
count in bytes, or a context that was edited, moves it, and a model would learn to mark the wrong words.

Fails:
    {"context": "In 1887 it opened.", "qas": [{"id": "1", "question": "When?", "answers": [{"text": "1887", "answer_start": 4}]}]}

Passes:
    {"context": "In 1887 it opened.", "qas": [{"id": "1", "question": "When?", "answers": [{"text": "1887", "answer_start": 3}]}]}`,
    build: ({ place, read, found, also, span }) => ({
      message: `${place}: the answer ${read} is not at its \`answer_start\`: there the context has ${found}${also}`,
      help: 'answer_start counts characters (not bytes) of the context, from 0',
      ...(span === undefined ? {} : { span, label: 'read from here' }),
    }),
  },
)
