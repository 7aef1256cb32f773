/** Ctrl-C and the signals that end a program, during a training: `signal-thread.ts` says what each does. */
import { constants } from 'node:os'
import { Worker } from 'node:worker_threads'
import { terminalText } from '../diagnostics/terminal-text.ts'
import { listenForInterrupt, type StopSignal, stopSignals } from './interrupt.ts'
import { type Held, type SignalThreadData, signalThread, telling, word, wordBytes } from './signal-thread.ts'

/** What shows that the training stops. */
export interface StopDisplay {
  note(text: string): void
}

/** Milliseconds that a display waits for the line of the other thread. */
const linePatience = 100

const texts: Readonly<Record<StopSignal, string>> = {
  SIGINT: 'stopping after this step; Ctrl-C again ends at once',
  SIGTERM: 'stopping after this step, because of SIGTERM',
  SIGHUP: 'stopping after this step, because the terminal was closed (SIGHUP)',
}

export class StopRequests {
  /** Aborted once the training is to stop. Its reason is the name of the signal. */
  readonly signal: AbortSignal
  private readonly shared: Int32Array
  private readonly worker: Worker | undefined
  private readonly stop: () => void

  private constructor(
    signal: AbortSignal,
    { shared, worker, stop }: { shared: Int32Array; worker?: Worker; stop: () => void },
  ) {
    this.signal = signal
    this.shared = shared
    this.worker = worker
    this.stop = stop
  }

  /** @param silent whether only the display tells of a stop: that of a rank other than 0 writes a file */
  static async listen(display: StopDisplay, silent = false): Promise<StopRequests> {
    const shared = new Int32Array(new SharedArrayBuffer(wordBytes))
    const signals = Object.fromEntries(stopSignals.map((name) => [name, constants.signals[name]]))
    const workerData: SignalThreadData = { shared, signals, patience: 400, echo: 250, texts, silent }
    const worker = new Worker(signalThread, { eval: true, workerData, execArgv: [] })
    worker.unref()
    const controller = new AbortController()
    const listens = await new Promise<boolean>((resolve) => {
      worker.on('error', () => resolve(false))
      worker.on('message', (message: { readonly listens: boolean } | { readonly asked: StopSignal }) => {
        if ('listens' in message) return resolve(message.listens)
        const told = Atomics.compareExchange(shared, word.told, telling.none, telling.main)
        if (told === telling.none) display.note(texts[message.asked])
        controller.abort(message.asked)
      })
    })
    if (listens) return new StopRequests(controller.signal, { shared, worker, stop: () => {} })
    // Node 24 has no such class, and a thread that answers keeps the process from ending.
    await worker.terminate()
    const plain = listenForInterrupt((name) => display.note(texts[name]))
    return new StopRequests(plain.signal, { shared, stop: plain.stop })
  }

  /** Whether steps run, which a stop saves; otherwise the process may end at once. */
  set stepping(run: boolean) {
    Atomics.store(this.shared, word.steps, run ? 1 : 0)
  }

  /** Whether the thread has told of a stop below the display since this was last asked. */
  wroteBelow(): boolean {
    Atomics.wait(this.shared, word.told, telling.thread, linePatience)
    return Atomics.compareExchange(this.shared, word.told, telling.wrote, telling.known) === telling.wrote
  }

  /** Whether a lock is being made or removed. No further one is made where the process ends. */
  set locking(isChanging: boolean) {
    Atomics.store(this.shared, word.locking, isChanging ? 1 : 0)
    Atomics.notify(this.shared, word.locking)
    if (isChanging) this.waitForEnd()
  }

  /** Does not return where the other thread ends the process. */
  waitForEnd(): void {
    if (Atomics.load(this.shared, word.ending) === 0) return
    Atomics.store(this.shared, word.locking, 0)
    Atomics.notify(this.shared, word.locking)
    Atomics.wait(this.shared, word.ending, 1)
  }

  /** What an end at once has to tidy. */
  holds(held: Held): void {
    this.worker?.postMessage({ ...held, again: terminalText(held.again) })
  }

  close(): void {
    this.stop()
    void this.worker?.terminate()
  }
}
