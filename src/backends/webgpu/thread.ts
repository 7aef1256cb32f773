/** The thread of the GPU as its caller sees it: commands are left with it, a request sleeps until the answer is there. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Answers, Command, Kind, Message, Requests, ThreadData } from './protocol.ts'

/** How long to sleep before the thread is looked at again, in milliseconds. */
const patience = 1000

/** So many commands are collected before the thread is told of them: few messages, and it works while its caller goes on. */
const bundle = 64

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

export class GpuThread {
  private readonly worker: Worker
  private readonly channel = new MessageChannel()
  private readonly signal = new Int32Array(new SharedArrayBuffer(4))
  private calls = 0
  private commands: Command[] = []
  private moved: ArrayBuffer[] = []
  /** At the end of a process nobody disposes: a thread that is ended amid a call of Dawn takes the process down with a message of its own. */
  private readonly atExit = (): void => {
    try {
      this.ask('stop', {})
    } catch {
      // It has failed before, and whoever asked for something was told.
    }
  }

  constructor() {
    const workerData: ThreadData = { signal: this.signal }
    this.worker = new Worker(workerFile(), { workerData, execArgv: [] })
    // Its failures are thrown where they are asked for.
    this.worker.on('error', () => {})
    this.worker.unref()
    this.worker.postMessage({ port: this.channel.port2 }, [this.channel.port2])
    process.once('exit', this.atExit)
  }

  /** `moved`: an array buffer of the command that is the thread's from now on. */
  send(command: Command, moved?: ArrayBuffer): void {
    this.commands.push(command)
    if (moved !== undefined) this.moved.push(moved)
    if (this.commands.length >= bundle) this.post({ commands: this.commands })
  }

  /** Throws what this or any earlier command failed with. */
  ask<K extends Kind>(kind: K, request: Requests[K]): Answers[K] {
    const id = this.calls++
    this.post({ commands: this.commands, ask: { id, kind, request } })
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

  /** The GPU is given back first: a device that is still there when its thread ends may take the process with it. */
  dispose(): void {
    this.ask('stop', {})
    this.abandon()
  }

  /** Ends a thread that has no device. */
  abandon(): void {
    process.off('exit', this.atExit)
    this.channel.port1.close()
    void this.worker.terminate()
  }

  private post(message: Message): void {
    this.channel.port1.postMessage(message, this.moved)
    this.commands = []
    this.moved = []
  }
}

/** Beside this file in a bundle; from the sources the one that was built. */
function workerFile(): URL {
  const candidates = ['./webgpu-worker.js', '../../../dist/webgpu-worker.js'].map(
    (path) => new URL(path, import.meta.url),
  )
  const found = candidates.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Error('dist/webgpu-worker.js is missing: npm run build')
  return found
}
