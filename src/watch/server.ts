/**
 * A page on this machine that follows a run by its files, live or finished. It only reads: no request changes
 * anything, and a training does not know of it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { foreignHostAnswer, isAllowed, listen } from '../serve/local-address.ts'
import { policy, watchPage } from './page.ts'
import { type Parts, partsOf } from './parts.ts'
import { type RunOfFolder, runsOf } from './runs.ts'
import { WatchedRun } from './watched-run.ts'

export interface WatchOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** Milliseconds between two looks at the files, while a page is open. */
  readonly interval?: number
}

export interface WatchServer {
  /** `http://127.0.0.1:41234/` */
  readonly address: string
  /** The number of open pages. */
  readonly pages: number
  close(): Promise<void>
}

const host = '127.0.0.1'

/**
 * @param folder of a run, or of a sweep
 * @throws DiagnosticError E1107 where the folder is no run, E1170 where the port is taken
 */
export async function openWatch(
  folder: string,
  { port, interval = 1000 }: WatchOptions,
): Promise<WatchServer> {
  runsOf(folder)
  const site = new Site(folder, interval)
  const server = createServer((request, response) => {
    if (isAllowed(request, { host })) site.answer(request, response)
    else json(response, 403, foreignHostAnswer)
  })
  const address = await listen(server, { host, port })
  return {
    address: `${address}/`,
    get pages() {
      return site.pages
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

interface View {
  readonly name: string
  readonly parts: Parts
}

class Site {
  pages = 0
  private readonly folder: string
  private readonly interval: number
  private readonly watched = new Map<string, WatchedRun>()

  constructor(folder: string, interval: number) {
    this.folder = folder
    this.interval = interval
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const wanted = searchParams.get('run') ?? undefined
    const isKnown = pathname === '/' || pathname === '/events'
    const view = isKnown ? this.view(wanted) : undefined
    if (request.method !== 'GET') json(response, 405, { error: 'only GET is answered here' })
    else if (!isKnown) json(response, 404, { error: `there is no ${pathname}` })
    else if (view === undefined) json(response, 404, { error: `the folder has no run ${wanted ?? ''}` })
    else if (pathname === '/events') this.follow(response, wanted)
    else this.page(response, view)
  }

  private page(response: ServerResponse, { name, parts }: View): void {
    const body = Buffer.from(watchPage([this.folder, name].filter(Boolean).join('/'), parts))
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': body.length,
      'Content-Security-Policy': policy,
      ...safe,
    })
    response.end(body)
  }

  /** Sends the parts that changed since the last look. */
  private follow(response: ServerResponse, wanted: string | undefined): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', ...safe })
    response.write('retry: 2000\n\n')
    this.pages++
    const sent = new Map<string, string>()
    let shown: string | undefined
    const look = (): void => {
      // A page that does not take what was sent gets nothing more until it has.
      if (response.writableNeedDrain) return
      const view = this.view(wanted)
      if (view === undefined) return
      if (shown !== undefined && view.name !== shown) {
        response.write('event: other\ndata: {}\n\n')
        return
      }
      shown = view.name
      const { elements, summary } = view.parts
      const changed = [...elements].filter(([id, text]) => sent.get(id) !== text)
      if (changed.length === 0) return
      for (const [id, text] of changed) sent.set(id, text)
      const data = { elements: Object.fromEntries(changed), ids: [...elements.keys()], summary }
      response.write(`event: parts\ndata: ${JSON.stringify(data)}\n\n`)
    }
    look()
    const timer = setInterval(look, this.interval)
    response.on('close', () => {
      clearInterval(timer)
      this.pages--
    })
  }

  /** Undefined where there is no such run, or none any more. */
  private view(wanted: string | undefined): View | undefined {
    const runs = this.runs()
    const run = wanted === undefined ? runs[0] : runs.find(({ name }) => name === wanted)
    if (run === undefined) return undefined
    const watched = this.watched.get(run.path) ?? new WatchedRun(run.path)
    this.watched.set(run.path, watched)
    watched.refresh()
    return { name: run.name, parts: partsOf(watched, run.name, runs) }
  }

  private runs(): RunOfFolder[] {
    try {
      return runsOf(this.folder)
    } catch {
      return []
    }
  }
}

const safe = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...safe })
  response.end(`${JSON.stringify(body)}\n`)
}
