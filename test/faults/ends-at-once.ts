/** A process that makes and removes files and folders as fast as it can, until a signal ends it: `ends-at-once.ts FOLDER`. */
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants, hostname } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type SignalThreadData, signalThread, wordBytes } from '../../src/cli/signal-thread.ts'

const folder = process.argv[2] ?? ''
const lock = join(folder, 'lock')
writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }))
const workerData: SignalThreadData = {
  shared: new Int32Array(new SharedArrayBuffer(wordBytes)),
  signals: { SIGHUP: constants.signals.SIGHUP },
  patience: 400,
  echo: 250,
  texts: {},
  silent: true,
}
const worker = new Worker(signalThread, { eval: true, workerData, execArgv: [] })
worker.postMessage({ folder, made: false, temporary: false, again: '' })
await new Promise((done) => worker.once('message', done))
process.stdout.write('ready\n')
for (let k = 0; ; k++) {
  const inner = join(folder, `folder-${k % 7}`)
  mkdirSync(inner)
  // As every change of a run: only while the lock is there.
  if (existsSync(lock)) writeFileSync(join(folder, `${k % 5}.partial`), 'x')
  rmdirSync(inner)
  if (k % 3 === 0) rmSync(join(folder, `${k % 5}.partial`), { force: true })
}
