/** Folders as pages on localhost, with the headers that let a page use threads. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

export interface Site {
  /** `http://127.0.0.1:40123` */
  readonly address: string
  close(): void
}

/** @param folders by the first part of the path: `{ models: '/tmp/x' }` serves /models/a.json from /tmp/x/a.json; `/` is an empty page. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<Site> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    if (pathname === '/') {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><title>test</title>')
      return
    }
    const [, first = '', ...rest] = decodeURIComponent(pathname).split('/')
    const folder = folders[first]
    const file = folder === undefined ? '' : join(folder, normalize(`/${rest.join('/')}`))
    const found = file === '' ? undefined : statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile()) {
      response.statusCode = 404
      response.end()
      return
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    response.setHeader('Content-Length', found.size)
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
