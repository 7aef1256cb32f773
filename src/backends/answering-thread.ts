/**
 * A thread of a backend as its caller sees it: messages are handled in order, and the caller sleeps until the
 * answer is there.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { errorLine } from '../diagnostics/error-text.ts'

/**
 * Milliseconds of sleep before the state of the thread is read once more. An answer or the end of the thread
 * wakes the sleeper, so this is long.
 */
const patience = 1000
/** Largest size of the text about an end. */
const mostBytes = 1024

/** What a message is sent in. */
export interface Envelope<Message> {
  readonly message: Message
  /** Whether a caller waits for the answer. */
  readonly asked: boolean
}

export interface Answer {
  readonly value?: unknown
  readonly error?: string
}

/** What the thread is given at its start, beside its own options. */
export interface Signalled {
  /** Its first word is counted up with each answer, and at the end of the thread. */
  readonly signal: Int32Array
  readonly port: MessagePort
}

/** The data of the thread that starts it and reports its end (`thread-keeper.ts`). */
export interface Kept extends Signalled {
  readonly file: string
  readonly options: object
  /** The text about its end. Its length is in the second word of `signal`, 0 while the thread runs. */
  readonly end: Uint8Array
}

/** The first reason counts. */
export function sayEnd({ signal, end }: Pick<Kept, 'signal' | 'end'>, reason: string): void {
  if (Atomics.load(signal, 1) > 0) return
  const { written } = new TextEncoder().encodeInto(reason || 'for no reason that it told', end)
  Atomics.store(signal, 1, written)
  Atomics.add(signal, 0, 1)
  Atomics.notify(signal, 0)
}

export class AnsweringThread {
  private readonly worker: Worker
  private readonly channel = new MessageChannel()
  private readonly signal = new Int32Array(new SharedArrayBuffer(8))
  private readonly farewell = new Uint8Array(new SharedArrayBuffer(mostBytes))

  /**
   * `file`: that of the thread, such as `workerFile` gives. `options` go to the thread; they and all messages
   * can be cloned.
   */
  constructor(file: URL, options: object = {}) {
    const port = this.channel.port2
    const workerData: Kept = { file: file.href, options, port, signal: this.signal, end: this.farewell }
    this.worker = new Worker(workerFile('thread-keeper'), { workerData, transferList: [port], execArgv: [] })
    // What it fails with is thrown where an answer is waited for.
    this.worker.on('error', (error) => sayEnd({ signal: this.signal, end: this.farewell }, errorLine(error)))
    this.worker.unref()
  }

  /** `moved`: array buffers of the message that are the thread's from now on. */
  send(message: unknown, moved: readonly ArrayBuffer[]): void {
    this.post({ message, asked: false }, moved)
  }

  /** Throws what the thread failed with, or what ended it. */
  ask(message: unknown, moved: readonly ArrayBuffer[]): unknown {
    this.post({ message, asked: true }, moved)
    for (;;) {
      const before = Atomics.load(this.signal, 0)
      // read first: then an answer that came before the end is there
      const ended = Atomics.load(this.signal, 1)
      const received = receiveMessageOnPort(this.channel.port1)
      if (received === undefined) {
        if (ended > 0)
          throw new Error(`its thread is gone: ${Buffer.from(this.farewell.slice(0, ended)).toString()}`)
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
export function workerFile(name: string): URL {
  const candidates = [`./${name}.js`, `../../dist/${name}.js`].map((path) => new URL(path, import.meta.url))
  const found = candidates.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Error(`dist/${name}.js is missing: npm run build`)
  return found
}
