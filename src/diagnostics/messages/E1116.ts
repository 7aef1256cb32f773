import { defineMessage } from '../diagnostic.ts'

export const E1116 = defineMessage<{
  flag: string
  model: string
  head: string
  gives: string
  help: string
}>({
  code: 'E1116',
  title: 'a flag asks for what the answers have not',
  explanation: `\`distill predict --all\` writes a column for each label. A number, tags, spans and filled masks have no such columns.

  distill predict runs/questions --all      fails: the head gives spans
  distill predict runs/questions --json     everything that is known of each answer`,
  build: ({ flag, model, head, gives, help }) => ({
    message: `${flag} is for labels, and head ${head} of ${model} gives ${gives}`,
    help,
  }),
})
