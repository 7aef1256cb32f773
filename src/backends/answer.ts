/** The thread's own side of `AnsweringThread`. */

import { workerData } from 'node:worker_threads'
import { errorText } from '../diagnostics/error-text.ts'
import type { Answer, Envelope, Signalled } from './answering-thread.ts'

/**
 * Passes each message to `handle`. Its result or error is sent to the waiting thread, which is then woken.
 */
export function answerMessages<Message>(handle: (message: Message) => Promise<unknown>): void {
  const { signal, port }: Signalled = workerData
  port.on('message', async ({ message, asked }: Envelope<Message>) => {
    let answer: Answer
    try {
      answer = { value: await handle(message) }
    } catch (error) {
      answer = { error: errorText(error) }
    }
    if (!asked) return
    port.postMessage(answer, buffersOf(answer.value))
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  })
}

/** Arrays of an answer are moved, not copied: they are copies already. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value]
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(buffersOf)
}
