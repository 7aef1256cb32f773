/** A thread that is gone is told to whoever waits for it, whatever ended it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { AnsweringThread } from '../../src/backends/answering-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'answering-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** `onMessage`: what it does with a message, `port` and `signal` at hand. */
function thread(onMessage: string, first = ''): AnsweringThread {
  const path = join(folder, `${onMessage.length}-${first.length}.mjs`)
  writeFileSync(
    path,
    `import { workerData } from 'node:worker_threads'
${first}
const { port, signal } = workerData
const answer = (value) => {
  port.postMessage({ value })
  Atomics.add(signal, 0, 1)
  Atomics.notify(signal, 0)
}
port.on('message', ({ message }) => { ${onMessage} })
`,
  )
  return new AnsweringThread(pathToFileURL(path))
}

it('answers, as often as it is asked', () => {
  const alive = thread('answer(message + 1)')
  expect([alive.ask(1, []), alive.ask(2, [])]).toEqual([2, 3])
  alive.end()
})

it.each([
  ['ends itself', 'process.exit(7)', '', 'its thread is gone: it ended with code 7'],
  [
    'throws outside of what it was asked',
    "throw new Error('no memory\\nat x')",
    '',
    'its thread is gone: no memory',
  ],
  ['does not start', '', "throw new Error('no such library')", 'its thread is gone: no such library'],
])('one that %s', (_, onMessage, first, said) => {
  const dead = thread(onMessage, first)
  expect(() => dead.ask(1, [])).toThrow(said)
  // and again, at once
  expect(() => dead.ask(1, [])).toThrow(said)
  dead.end()
})

it('says what it answered before it ended', () => {
  const brief = thread("answer('last'); process.exit(0)")
  expect(brief.ask(1, [])).toBe('last')
  expect(() => brief.ask(1, [])).toThrow('it ended with code 0')
  brief.end()
})
