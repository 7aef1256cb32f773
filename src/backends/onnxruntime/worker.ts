/** The thread that ONNX Runtime runs in, a file of its own in the bundle. */
import { workerData } from 'node:worker_threads'
import { answerMessages } from '../answer.ts'
import { Engine } from './engine.ts'
import type { Kind, Message, Requests, ThreadOptions } from './protocol.ts'

const { threads, provider }: ThreadOptions = workerData
const engine = Engine.start({ threads, provider })
// Told to whoever asks next.
engine.catch(() => {})

async function answer<K extends Kind>(kind: K, request: Requests[K]): Promise<unknown> {
  return (await engine).does[kind](request)
}

answerMessages(({ kind, request }: Message) => answer(kind, request))
