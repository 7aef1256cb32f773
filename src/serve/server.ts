/**
 * A model behind HTTP, for programs of one machine or one network: `POST /predict` and `GET /health`. What a
 * request may take of memory and time is bounded. For the open internet put a proxy in front.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { errorText } from '../diagnostics/error-text.ts'
import type { Text } from '../library/load.ts'
import { Batcher } from './batcher.ts'
import { foreignHostAnswer, isAllowed, listen } from './local-address.ts'

export interface ServedModel {
  /** One answer for each text. @throws DiagnosticError for a text that the model cannot read */
  predict(texts: readonly Text[]): Promise<readonly unknown[]>
  /** What `GET /health` says of it. */
  readonly about: Readonly<Record<string, unknown>>
}

export interface ServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Texts of one batch, at most. */
  readonly batch: number
}

/** Of one request. */
const limits = { bytes: 2 ** 20, texts: 256, waiting: 4096, headersMs: 10_000, requestMs: 30_000 }

export interface OpenServer {
  /** `http://127.0.0.1:8080` */
  readonly address: string
  /** Answers what has arrived, accepts nothing more, and resolves once all connections are closed. */
  close(): Promise<void>
}

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What is wrong with a request: its status, and what to send instead. */
class RequestError extends Error {
  readonly reply: Reply

  constructor(status: number, error: string, help: string, headers: Readonly<Record<string, string>> = {}) {
    super(error)
    this.reply = { status, body: { error, help }, headers }
  }
}

/** @throws DiagnosticError E1170 where the address is taken, or is not one of this machine */
export async function openServer(model: ServedModel, options: ServerOptions): Promise<OpenServer> {
  const batcher = new Batcher((texts) => model.predict(texts), {
    together: options.batch,
    waiting: limits.waiting,
  })
  let closing = false
  const open = new Set<Promise<void>>()
  const server = createServer(
    { headersTimeout: limits.headersMs, requestTimeout: limits.requestMs },
    (request, response) => {
      const allowed = isAllowed(request, options)
      const reply = allowed ? replyTo(request, response, model, batcher) : Promise.resolve(foreignHost)
      const sent = reply.then((one) => send(request, response, one, closing))
      open.add(sent)
      void sent.finally(() => open.delete(sent))
    },
  )
  const address = await listen(server, options)
  return {
    address,
    async close() {
      closing = true
      const closed = new Promise<void>((done) => server.close(() => done()))
      await Promise.all(open)
      // Also those that have sent no request, or a part of one.
      server.closeAllConnections()
      await closed
    },
  }
}

const foreignHost: Reply = { status: 403, body: foreignHostAnswer }

async function replyTo(
  request: IncomingMessage,
  response: ServerResponse,
  model: ServedModel,
  batcher: Batcher<unknown>,
): Promise<Reply> {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/health') {
      requireMethod(request, 'GET')
      return { status: 200, body: { status: 'ok', ...model.about, waiting: batcher.waiting } }
    }
    if (pathname !== '/predict')
      throw new RequestError(404, `there is no ${pathname}`, 'POST /predict, or GET /health')
    requireMethod(request, 'POST')
    const texts = textsIn(await bodyOf(request))
    if (!batcher.hasRoom(texts.length))
      throw new RequestError(503, 'too many texts wait', 'ask again later', { 'Retry-After': '1' })
    const answers = await batcher.ask(texts, () => response.destroyed)
    return { status: 200, body: { answers } }
  } catch (error) {
    if (error instanceof RequestError) return error.reply
    if (!(error instanceof DiagnosticError)) return { status: 500, body: { error: errorText(error) } }
    const [first] = error.diagnostics
    return { status: 422, body: { code: first?.code, error: first?.message, help: first?.help } }
  }
}

function requireMethod({ method = '' }: IncomingMessage, wanted: 'GET' | 'POST'): void {
  if (method === wanted) return
  throw new RequestError(405, `${method} is not answered here`, `send ${wanted}`, { Allow: wanted })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    parts.push(part)
    bytes += part.length
    if (bytes > limits.bytes)
      throw new RequestError(
        413,
        `the body is over ${limits.bytes} bytes`,
        'send the texts in several requests',
        {
          Connection: 'close',
        },
      )
  }
  return Buffer.concat(parts).toString('utf8')
}

function textsIn(body: string): readonly Text[] {
  const form = 'send { "texts": ["a text", ["the first of a pair", "the second"]] }'
  const parsed = parse(body)
  const texts = typeof parsed === 'object' && parsed !== null && 'texts' in parsed ? parsed.texts : undefined
  if (!Array.isArray(texts)) throw new RequestError(400, 'the body has no list `texts`', form)
  const wrong = texts.findIndex((text) => !isText(text))
  if (wrong >= 0) throw new RequestError(400, `texts[${wrong}] is neither a text nor two`, form)
  if (texts.length > limits.texts)
    throw new RequestError(
      413,
      `${texts.length} texts are over ${limits.texts}`,
      'send them in several requests',
    )
  return texts
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new RequestError(400, 'the body is not JSON', 'send { "texts": ["a text"] }')
  }
}

function isText(text: unknown): text is Text {
  if (typeof text === 'string') return true
  return Array.isArray(text) && text.length === 2 && text.every((one) => typeof one === 'string')
}

/** Resolves once the reply is written, or the connection is gone. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Reply,
  closing: boolean,
): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(body)}\n`)
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': text.length,
    ...headers,
    ...(closing ? { Connection: 'close' } : {}),
  })
  return new Promise((sent) => {
    response.once('close', sent)
    response.end(text, () => {
      // What is left of a body that was refused is not read.
      if (!request.complete) request.destroy()
      sent()
    })
  })
}
