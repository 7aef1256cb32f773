/**
 * A thread between a caller and the thread that answers it, a file of its own in the bundle. Only who starts
 * a thread is told of its end, and only where it does not sleep: a caller that waits does. So this one starts
 * it, has nothing else to do, and says the end in memory that the caller looks at.
 */
import { Worker, workerData } from 'node:worker_threads'
import { errorLine } from '../diagnostics/error-text.ts'
import { type Kept, sayEnd } from './answering-thread.ts'

const { file, options, port, signal, end }: Kept = workerData
const shared = { signal, end }
const worker = new Worker(new URL(file), {
  workerData: { ...options, port, signal },
  transferList: [port],
  execArgv: [],
})
worker.on('error', (error) => sayEnd(shared, errorLine(error)))
worker.on('exit', (code) => sayEnd(shared, `it ended with code ${code}`))
