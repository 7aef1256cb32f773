/** The thread of ONNX Runtime as its caller sees it: a call sleeps until the answer is there. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Answers, Kind, Requests, ThreadData } from './protocol.ts'

/** How long to sleep before the thread is looked at again: one that died answers nothing. */
const patience = 1000

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

export class RuntimeThread {
  private readonly worker: Worker
  private readonly channel = new MessageChannel()
  private readonly signal = new Int32Array(new SharedArrayBuffer(4))
  private calls = 0

  constructor(options: Pick<ThreadData, 'threads' | 'provider'>) {
    const workerData: ThreadData = { signal: this.signal, ...options }
    this.worker = new Worker(workerFile(), { workerData, execArgv: [] })
    // Its failures are thrown where they are asked for.
    this.worker.on('error', () => {})
    this.worker.unref()
    this.worker.postMessage({ port: this.channel.port2 }, [this.channel.port2])
  }

  call<K extends Kind>(kind: K, request: Requests[K], moved: readonly ArrayBuffer[] = []): Answers[K] {
    const id = this.calls++
    this.channel.port1.postMessage({ id, kind, request }, [...moved])
    for (;;) {
      const before = Atomics.load(this.signal, 0)
      const received = receiveMessageOnPort(this.channel.port1)
      if (received === undefined) {
        Atomics.wait(this.signal, 0, before, patience)
        continue
      }
      const { error, value }: Answer = received.message
      if (error !== undefined) throw new Error(error)
      return value as Answers[K]
    }
  }

  dispose(): void {
    this.channel.port1.close()
    void this.worker.terminate()
  }
}

/** Beside this file in a bundle; from the sources the one that was built. */
function workerFile(): URL {
  const candidates = ['./onnxruntime-worker.js', '../../../dist/onnxruntime-worker.js'].map(
    (path) => new URL(path, import.meta.url),
  )
  const found = candidates.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Error('dist/onnxruntime-worker.js is missing: npm run build')
  return found
}
