/** Messages of `distill serve` and `distill watch`. */
import { defineMessage } from '../diagnostic.ts'

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such name is known',
}

export const addressNotAvailable = defineMessage<{ host: string; port: number; reason: string }>({
  code: 'E1170',
  title: 'an address that cannot be listened on',
  build: ({ host, port, reason }) => ({
    message: `cannot listen on ${host}, port ${port}: ${reasons[reason] ?? reason}`,
    help:
      host === '127.0.0.1'
        ? '--port 0 takes a free port'
        : '--port 0 takes a free port; --host 127.0.0.1 is this machine alone, --host 0.0.0.0 every address of it',
  }),
})
