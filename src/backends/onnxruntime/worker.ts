/**
 * The thread that ONNX Runtime runs in, a file of its own in the bundle. Each message { id, kind, request } is answered by { id, value } or { id, error }, and the
 * waiting caller is woken.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Engine } from './engine.ts'
import type { Kind, Requests, ThreadData } from './protocol.ts'

const { signal, threads, provider }: ThreadData = workerData
const engine = Engine.start({ threads, provider })

async function answer<K extends Kind>(kind: K, request: Requests[K]): Promise<unknown> {
  return (await engine).does[kind](request)
}

interface Message {
  readonly id: number
  readonly kind: Kind
  readonly request: Requests[Kind]
}

parentPort?.once('message', ({ port }: { readonly port: MessagePort }) => {
  port.on('message', async ({ id, kind, request }: Message) => {
    let message: { readonly id: number; readonly value?: unknown; readonly error?: string }
    try {
      message = { id, value: await answer(kind, request) }
    } catch (error) {
      message = { id, error: error instanceof Error ? error.message : String(error) }
    }
    port.postMessage(message, buffersOf(message.value))
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  })
})

/** Arrays of an answer are moved, not copied: they are copies already. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(buffersOf)
}
