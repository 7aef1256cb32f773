/** A thread of a backend as its caller sees it: messages are handled in order, and whoever asks sleeps until the answer is there. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'

/** How long to sleep before the thread is looked at again, in milliseconds: one that died answers nothing. */
const patience = 1000

/** What a message is sent in. */
export interface Envelope<Message> {
  readonly message: Message
  /** Whether somebody waits for the answer. */
  readonly asked: boolean
}

export interface Answer {
  readonly value?: unknown
  readonly error?: string
}

/** What the thread is given at its start, beside its own options. */
export interface Signalled {
  /** One word, that is counted up with each answer. */
  readonly signal: Int32Array
}

export class AnsweringThread {
  private readonly worker: Worker
  private readonly channel = new MessageChannel()
  private readonly signal = new Int32Array(new SharedArrayBuffer(4))

  /** `name`: that of its file in the bundle. `options` go to the thread; they and all messages can be cloned. */
  constructor(name: string, options: object = {}) {
    const workerData: Signalled = { ...options, signal: this.signal }
    this.worker = new Worker(workerFile(name), { workerData, execArgv: [] })
    // Its failures are thrown where they are asked for.
    this.worker.on('error', () => {})
    this.worker.unref()
    this.worker.postMessage({ port: this.channel.port2 }, [this.channel.port2])
  }

  /** `moved`: array buffers of the message that are the thread's from now on. */
  send(message: unknown, moved: readonly ArrayBuffer[]): void {
    this.post({ message, asked: false }, moved)
  }

  /** Throws what the thread failed with. */
  ask(message: unknown, moved: readonly ArrayBuffer[]): unknown {
    this.post({ message, asked: true }, moved)
    for (;;) {
      const before = Atomics.load(this.signal, 0)
      const received = receiveMessageOnPort(this.channel.port1)
      if (received === undefined) {
        Atomics.wait(this.signal, 0, before, patience)
        continue
      }
      const { error, value }: Answer = received.message
      if (error !== undefined) throw new Error(error)
      return value
    }
  }

  end(): void {
    this.channel.port1.close()
    void this.worker.terminate()
  }

  private post(envelope: Envelope<unknown>, moved: readonly ArrayBuffer[]): void {
    this.channel.port1.postMessage(envelope, [...moved])
  }
}

/** Beside this file in a bundle; from the sources the one that was built. */
function workerFile(name: string): URL {
  const candidates = [`./${name}.js`, `../../dist/${name}.js`].map((path) => new URL(path, import.meta.url))
  const found = candidates.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Error(`dist/${name}.js is missing: npm run build`)
  return found
}
