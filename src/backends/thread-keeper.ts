/**
 * A thread between a caller and the thread that answers it; a file of its own in the bundle. Only the thread
 * that starts another is notified of its end, and only while it does not sleep. A waiting caller sleeps. So
 * this thread starts the answering one, and writes its end into memory that the caller reads.
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
