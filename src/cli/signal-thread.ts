/**
 * The program of a thread that answers signals while the main thread computes. Node tells only the main
 * thread of them, and only between two pieces of its work: a training of a tokenizer or a step of a large
 * model takes longer than a person waits. The thread listens through the class that `process.on` uses itself,
 * which no public module gives to a thread. Where it is not there, `StopRequests` listens on the main thread.
 *
 * Until the first step of a stage, and after its last, ending loses nothing that a resumed run does not
 * compute again. The thread then ends the process at once. While steps run, it asks the main thread to stop
 * after the current one, and tells so itself where the main thread does not do it in time. A second signal
 * ends the process at once.
 *
 * At such an end it removes what the process would leave: its locks, and files that are not whole. The
 * process ends by the signal, so that a shell sees 128 + its number.
 */

/** Words of the memory that both threads share. */
export const word = {
  /** 1 while steps run: the main thread stops after the current one. */
  steps: 0,
  /** Who tells the user of the request, and whether the main thread knows: one of `telling`. */
  told: 1,
  /** 1 while the main thread makes or removes a lock. This thread waits for that before it tidies. */
  locking: 2,
  /**
   * 1 once this thread ends the process. The main thread then makes no further lock, and reports no
   * error.
   */
  ending: 3,
} as const
/** Bytes of all. */
export const wordBytes = 16

/** The main thread tells, or this one does: it writes below the redrawn lines, and then says that it has. */
export const telling = { none: 0, main: 1, thread: 2, wrote: 3, known: 4 } as const

/** Milliseconds that the main thread may take to make a lock: the disk may be slow. */
const lockPatience = 2000

export interface SignalThreadData {
  readonly shared: Int32Array
  /** The numbers of the signals by their names. */
  readonly signals: Readonly<Record<string, number>>
  /** Milliseconds that the main thread has to tell the user. */
  readonly patience: number
  /**
   * Milliseconds after the first signal in which a second one is the same: `timeout` and npx pass on a signal
   * that the terminal sends, too.
   */
  readonly echo: number
  /** The message about a request to stop, by the name of the signal. */
  readonly texts: Readonly<Record<string, string>>
  /** Whether nothing is written to the terminal. */
  readonly silent: boolean
}

/** A folder that the process has locked. */
export interface Held {
  readonly folder: string
  /** It was made by this process: it is removed, unless a run began in it. */
  readonly made: boolean
  /** It is removed in any case. */
  readonly temporary: boolean
  /** Other processes may work in it: nothing in it is removed. */
  readonly shared?: boolean
  /** How the training is continued. */
  readonly again: string
}

export const signalThread = `
const { parentPort, workerData } = require('node:worker_threads')
const { existsSync, readFileSync, readdirSync, rmSync, writeSync } = require('node:fs')
const { hostname } = require('node:os')
const { join } = require('node:path')
const { shared, signals, patience, echo, texts, silent } = workerData
const [steps, told, locking, ending] = [${word.steps}, ${word.told}, ${word.locking}, ${word.ending}]
const held = []
const handles = []
let first

function say(text) {
  if (silent) return
  try {
    writeSync(2, text + '\\n')
  } catch {}
}

// Whether there was nothing. A folder may vanish while it is listed.
function swept(folder) {
  try {
    const partial = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
      entry.name.endsWith('.partial'),
    )
    for (const entry of partial)
      rmSync(join(entry.parentPath ?? entry.path, entry.name), { recursive: true, force: true })
    return partial.length === 0
  } catch {
    return false
  }
}

// The main thread goes on meanwhile. It may have looked at its lock, and begin its file only now.
function sweep(folder) {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0, quiet = 0; tries < 20 && quiet < 4; tries++) {
    if (tries > 0) Atomics.wait(pause, 0, 0, 20)
    quiet = swept(folder) ? quiet + 1 : 0
  }
}

function isOwn(file) {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'))
    return pid === process.pid && host === hostname()
  } catch {
    return false
  }
}

function tidy({ folder, temporary, made, shared: isShared }, begun) {
  if (isShared) return
  const names = readdirSync(folder)
  const others = names.includes('lock') && !isOwn(join(folder, 'lock'))
  for (const name of names)
    if (name.startsWith('lock') && isOwn(join(folder, name))) rmSync(join(folder, name), { force: true })
  // Files of another process stay. Without its lock the main thread makes no further one.
  if (others) return
  if (temporary || (made && !begun)) rmSync(folder, { recursive: true, force: true })
  else sweep(folder)
}

function end(number) {
  Atomics.store(shared, ending, 1)
  Atomics.wait(shared, locking, 1, ${lockPatience})
  const begun = ({ folder }) => ['config.json', 'sweep.json'].some((name) => existsSync(join(folder, name)))
  const [outer] = held
  const keeps = outer !== undefined && !outer.temporary && begun(outer)
  say('\\n' + (keeps ? 'stopped; continue with: ' + outer.again : 'stopped; nothing was kept'))
  for (const one of [...held].reverse()) {
    try {
      tidy(one, begun(one))
    } catch {}
  }
  for (const handle of handles) handle.close()
  process.kill(process.pid, number)
}

function asked(name, number) {
  if (Atomics.load(shared, steps) === 0) return end(number)
  if (first !== undefined) {
    if (name !== 'SIGHUP' && Date.now() - first > echo) end(number)
    return
  }
  first = Date.now()
  parentPort.postMessage({ asked: name })
  setTimeout(() => {
    if (Atomics.compareExchange(shared, told, ${telling.none}, ${telling.thread}) !== ${telling.none}) return
    say('\\n' + texts[name])
    Atomics.store(shared, told, ${telling.wrote})
    Atomics.notify(shared, told)
  }, patience)
}

parentPort.on('message', (one) => held.push(one))
try {
  process.noDeprecation = true
  const { Signal } = process.binding('signal_wrap')
  for (const [name, number] of Object.entries(signals)) {
    const handle = new Signal()
    handle.onsignal = () => asked(name, number)
    if (handle.start(number) !== 0) throw new Error('the system does not tell of ' + name)
    handles.push(handle)
  }
  parentPort.postMessage({ listens: true })
} catch {
  for (const handle of handles) handle.close()
  parentPort.postMessage({ listens: false })
}
`
