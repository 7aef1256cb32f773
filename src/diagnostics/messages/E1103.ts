import { defineMessage } from '../diagnostic.ts'

export const E1103 = defineMessage<{ path: string; reason: string }>({
  code: 'E1103',
  title: 'a file named on the command line cannot be read',
  explanation: `The path is wrong, or the file may not be read. Paths on the command line are relative to the folder you are in.`,
  build: ({ path, reason }) => ({ message: `cannot read ${path}`, help: reason.replace(/^E[A-Z]+: /, '') }),
})
