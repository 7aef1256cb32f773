import { defineMessage } from '../diagnostic.ts'

export const E1102 = defineMessage<{ code: string; similar?: string }>({
  code: 'E1102',
  title: 'there is no such code',
  explanation: `\`distill check --explain CODE\` takes a code as a diagnostic prints it: E0312.`,
  build: ({ code, similar }) => ({
    message: `no diagnostic has the code \`${code}\``,
    help: similar ? `did you mean ${similar}?` : 'codes look like E0312',
  }),
})
