import { defineMessage } from '../diagnostic.ts'

export const E1120 = defineMessage<{ backend: string; reason: string; remedy: string }>({
  code: 'E1120',
  title: 'a backend lacks a library of this machine',
  explanation: `A backend may run on a library that is not part of distill. It does not start where that is missing, too old, or cannot be loaded.

Fails:
    distill train demo.distill --backend native    where oneDNN is not installed

Passes:
    the same after the command that the message names, for example
    apt-get install libdnnl3.6`,
  build: ({ backend, reason, remedy }) => ({
    message: `backend ${backend} does not start: ${reason}`,
    help: remedy,
  }),
})
