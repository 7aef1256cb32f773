/** The address of a server, and which requests may reach it. */
import type { IncomingMessage, Server } from 'node:http'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { addressNotAvailable } from '../diagnostics/messages/serving.ts'

export interface Address {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/**
 * Listens, and gives the address as a person writes it: `http://127.0.0.1:8080`.
 * @throws DiagnosticError E1170 where the address is taken, or is not one of this machine
 */
export async function listen(server: Server, { host, port }: Address): Promise<string> {
  await new Promise<void>((ready, refuse) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      refuse(new DiagnosticError(addressNotAvailable({ host, port, reason: error.code ?? error.message }))),
    )
    server.listen(port, host, ready)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`
}

const loopback = ['127.0.0.1', 'localhost', '::1']

/** The body of the answer, with status 403, to a request that `isAllowed` refuses. */
export const foreignHostAnswer = {
  error: 'the Host header names another machine',
  help: 'ask by the address that the server printed',
}

/**
 * A page of another site can have its own name resolved to this machine, and would then read the answers. A
 * server of this machine alone answers only to this machine's names.
 */
export function isAllowed({ headers }: IncomingMessage, { host }: Pick<Address, 'host'>): boolean {
  if (!loopback.includes(host)) return true
  const name = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return loopback.includes(name)
}
