/**
 * Calls the worker. A call that takes too long ends the worker: a fresh one is started, and the page stays
 * alive.
 */
import type { Answer, Call, Compiler, Method, ShippedFiles } from './protocol.ts'

/** Seconds. Forms may be loaded over a slow connection first. */
const most = { call: 10, form: 60 } as const

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: ReturnType<typeof setTimeout>
}

export class Client {
  private readonly files: ShippedFiles
  private readonly waiting = new Map<number, Waiting>()
  private worker: Worker
  private calls = 0

  constructor(files: ShippedFiles) {
    this.files = files
    this.worker = this.start()
  }

  /** Rejects with an error whose message is for the person. */
  call<Name extends Method>(
    method: Name,
    ...given: Parameters<Compiler[Name]>
  ): Promise<Awaited<ReturnType<Compiler[Name]>>> {
    const id = this.calls++
    const seconds = method === 'form' ? most.form : most.call
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.restart(`The compiler had no answer after ${seconds} seconds and was started again.`)
      }, 1000 * seconds)
      this.waiting.set(id, { resolve: (result) => resolve(result as never), reject, timer })
      this.worker.postMessage({ id, method, given } satisfies Call)
    })
  }

  private start(): Worker {
    const worker = new Worker('worker.js', { type: 'module' })
    worker.postMessage(this.files)
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.take(data))
    worker.addEventListener('error', ({ message }) =>
      this.restart(`The compiler ended (${message || 'out of memory'}) and was started again.`),
    )
    return worker
  }

  private take(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    if (!waiting) return
    this.waiting.delete(answer.id)
    clearTimeout(waiting.timer)
    if ('failure' in answer) waiting.reject(new Error(answer.failure))
    else waiting.resolve(answer.result)
  }

  private restart(why: string): void {
    this.worker.terminate()
    this.worker = this.start()
    const all = [...this.waiting.values()]
    this.waiting.clear()
    for (const { reject, timer } of all) {
      clearTimeout(timer)
      reject(new Error(why))
    }
  }
}
