/**
 * The command line within the process of a test: what it does is what `dist/distill.js` does, without the time that a
 * process takes to load and to warm up. A test starts the built tool for what only a process has: signals, threads,
 * what is loaded.
 */
import { Readable } from 'node:stream'
import { run } from '../src/cli/program.ts'

export interface Outcome {
  readonly status: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** The working folder (default: that of the test). */
  readonly cwd?: string
  /** Variables of the environment, beside those of the test. */
  readonly env?: Readonly<Record<string, string>>
  /** What standard input gives. */
  readonly input?: string
}

/** Runs one command line, such as `check specs/demo.distill`, after the one before has ended: both would write to one stream. */
export async function distill(
  words: readonly string[],
  { cwd = process.cwd(), env = {}, input = '' }: Surroundings = {},
): Promise<Outcome> {
  const home = process.cwd()
  const variables = { ...process.env }
  const { stdout, stderr } = process
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {}
  const [writeOut, writeErr] = [stdout.write, stderr.write]
  const said = { out: '', err: '' }
  const into =
    (stream: keyof typeof said) =>
    (text: string | Uint8Array): boolean => {
      said[stream] += typeof text === 'string' ? text : Buffer.from(text).toString()
      return true
    }
  try {
    Object.assign(process.env, { NO_COLOR: '1', ...env })
    process.chdir(cwd)
    process.exitCode = undefined
    Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from([Buffer.from(input)]) })
    stdout.write = into('out')
    stderr.write = into('err')
    return { status: await run(['node', 'distill', ...words]), ...said }
  } finally {
    stdout.write = writeOut
    stderr.write = writeErr
    Object.defineProperty(process, 'stdin', stdin)
    process.chdir(home)
    process.exitCode = undefined
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name]
    Object.assign(process.env, variables)
  }
}
