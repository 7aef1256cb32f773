import { defineMessage } from '../diagnostic.ts'

export const E1101 = defineMessage<{
  flag: string
  value: string
  expected: string
  suggestion?: string | undefined
}>({
  code: 'E1101',
  title: 'a flag has a value that it cannot take',
  explanation: `A flag of the command line was given something it does not understand.

  distill train demo.distill --set rate          fails: no value
  distill train demo.distill --set rate=1e-3     fine`,
  build: ({ flag, value, expected, suggestion }) => ({
    message: `${flag} cannot be \`${value}\``,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}it takes ${expected}`,
  }),
})
