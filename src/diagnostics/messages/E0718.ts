import { defineMessage, type Span } from '../diagnostic.ts'

export const E0718 = defineMessage<{ span: Span; name: string }>({
  code: 'E0718',
  title: 'nothing of that name can be continued',
  explanation: `\`continue optimizer\` keeps moments, schedule and step of the stage before; there is nothing else to continue, and it needs a stage before.

Fails:
    stage s after r { minimize imitate, continue schedule }

Passes:
    stage s after r { minimize imitate, continue optimizer }`,
  build: ({ span, name }) => ({
    message:
      name === 'optimizer'
        ? 'there is no stage before this one whose optimizer could go on'
        : `\`${name}\` cannot be continued`,
    span,
    help: name === 'optimizer' ? 'say `after STAGE`' : 'only: continue optimizer',
  }),
})
