/** What the server answers to right and wrong requests, and how it ends. The model is a stand-in. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { unreadableInputLine } from '../../src/diagnostics/messages/runs.ts'
import type { Text } from '../../src/library/load.ts'
import { type OpenServer, openServer } from '../../src/serve/server.ts'

const batches: number[] = []
const model = {
  about: { model: 'S.task' },
  async predict(texts: readonly Text[]) {
    batches.push(texts.length)
    await new Promise((done) => setTimeout(done, 20))
    if (texts.includes('fault')) throw new Error('a fault of the model')
    if (texts.includes('unreadable'))
      throw new DiagnosticError(unreadableInputLine({ line: 1, problem: 'has no tab', help: 'write one' }))
    return texts.map((text) => ({ label: `${text}` }))
  },
}

let server: OpenServer
beforeAll(async () => {
  server = await openServer(model, { host: '127.0.0.1', port: 0, batch: 32 })
})
afterAll(() => server.close())

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

async function ask(path: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(`${server.address}${path}`, init)
  return { status: response.status, body: await response.json(), headers: response.headers }
}
const predict = (body: unknown): Promise<Reply> =>
  ask('/predict', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('a request', () => {
  it('with texts gets one answer for each, pairs too', async () => {
    const { status, body, headers } = await predict({ texts: ['a', ['b', 'c']] })
    expect([status, body]).toEqual([200, { answers: [{ label: 'a' }, { label: 'b,c' }] }])
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect((await predict({ texts: [] })).body).toEqual({ answers: [] })
  })

  it('that comes with others shares their batch', async () => {
    batches.length = 0
    const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => predict({ texts: [`${i}`] })))
    expect(replies.map(({ body }) => body)).toEqual(
      Array.from({ length: 20 }, (_, i) => ({ answers: [{ label: `${i}` }] })),
    )
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(20)
    expect(batches.length).toBeLessThan(10)
  })

  it('for its health gets what the model is', async () => {
    expect(await ask('/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', model: 'S.task', waiting: 0 },
    })
  })

  it.each([
    ['no JSON', 400, 'not json', 'the body is not JSON'],
    ['no list', 400, { text: 'a' }, 'the body has no list `texts`'],
    ['another value', 400, { texts: ['a', 3] }, 'texts[1] is neither a text nor two'],
    ['three texts for one', 400, { texts: [['a', 'b', 'c']] }, 'texts[0] is neither a text nor two'],
    ['too many texts', 413, { texts: Array.from({ length: 257 }, () => 'a') }, '257 texts are over 256'],
    ['a text that the model cannot read', 422, { texts: ['unreadable'] }, 'line 1 of the input has no tab'],
    ['a fault of the model', 500, { texts: ['fault'] }, 'a fault of the model'],
  ])('with %s is refused with %i', async (_what, status, body, error) => {
    expect(await predict(body)).toMatchObject({ status, body: { error } })
  })

  it('of another path or method is told what there is', async () => {
    expect(await ask('/')).toMatchObject({ status: 404, body: { help: 'POST /predict, or GET /health' } })
    const wrong = await ask('/predict')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('with a body that never ends is cut off', async () => {
    const status = await new Promise((done) => {
      const request = httpRequest(`${server.address}/predict`, { method: 'POST' }, (response) =>
        done(response.statusCode),
      )
      request.on('error', () => {})
      const part = Buffer.alloc(2 ** 18, 'a')
      const write = (): unknown => request.write(part) && setImmediate(write)
      request.on('drain', write)
      write()
    })
    expect(status).toBe(413)
  })

  it('by the name of another machine is refused, so that no page of another site reads the answers', async () => {
    const status = await new Promise((done) => {
      httpRequest(`${server.address}/health`, { headers: { Host: 'evil.example' } }, (response) =>
        done(response.statusCode),
      ).end()
    })
    expect(status).toBe(403)
  })
})

describe('a server', () => {
  it('that is closed answers what has arrived, and nothing more', async () => {
    const own = await openServer(model, { host: '127.0.0.1', port: 0, batch: 32 })
    const answer = fetch(`${own.address}/predict`, { method: 'POST', body: '{"texts":["last"]}' })
    const idle = connect(Number(new URL(own.address).port), '127.0.0.1')
    await new Promise((done) => idle.on('connect', done))
    await new Promise((done) => setTimeout(done, 15))
    await Promise.all([
      own.close(),
      answer.then(async (one) => expect(await one.json()).toEqual({ answers: [{ label: 'last' }] })),
    ])
    await expect(fetch(own.address)).rejects.toThrow()
    idle.destroy()
  })

  it('needs an address that is free, and of this machine', async () => {
    const port = Number(new URL(server.address).port)
    await expect(openServer(model, { host: '127.0.0.1', port, batch: 1 })).rejects.toThrow(
      'another program listens there',
    )
    await expect(openServer(model, { host: '203.0.113.1', port: 0, batch: 1 })).rejects.toThrow(
      'no such address',
    )
  })
})
