import { defineMessage, type Span } from '../diagnostic.ts'

export const E0712 = defineMessage<{ span: Span; path: string; stage: string }>({
  code: 'E0712',
  title: 'an exception for nothing',
  explanation: `\`except\` gives other settings to some of the parameters that the stage trains; this path selects none of them.

Fails:
    stage s { train S.layer[1], minimize imitate, optimizer = adamw(rate = 1e-4) except [S.layer[2]] { rate = 1e-5 } }

Passes:
    stage s { train S, minimize imitate, optimizer = adamw(rate = 1e-4) except [S.layer[2]] { rate = 1e-5 } }`,
  build: ({ span, path, stage }) => ({
    message: `\`${path}\` selects no parameter that stage \`${stage}\` trains`,
    span,
  }),
})
