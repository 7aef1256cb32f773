/**
 * Dawn writes to the process's standard error: two lines about limits at each start of a software driver, and
 * a trace if there is no driver. No setting disables that. So the output goes to a file while a device is
 * opened. Other lines of it are passed on, and if opening fails, they are part of the error.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadForeign } from '../foreign/foreign.ts'

const aboutLimits =
  /^Warning: \w+ artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.$/

const standardError = 2

/** What of that output is for the user. */
export function passedOn(output: string): string {
  return output
    .split('\n')
    .filter((line) => !aboutLimits.test(line))
    .join('\n')
}

/**
 * Returns the result of `open`. If the system's functions cannot be called, the lines are printed, and
 * nothing else changes.
 */
export async function withoutWarnings<T>(open: () => T): Promise<T> {
  const descriptors = await descriptorsOf()
  if (descriptors === undefined) return open()
  const folder = mkdtempSync(join(tmpdir(), 'distill-'))
  const path = join(folder, 'stderr')
  const file = openSync(path, 'w')
  const saved = descriptors.duplicate(standardError)
  descriptors.replace(file, standardError)
  let output = ''
  try {
    const opened = open()
    output = passedOn(readFileSync(path, 'utf8'))
    return opened
  } finally {
    descriptors.replace(saved, standardError)
    closeSync(saved)
    closeSync(file)
    rmSync(folder, { recursive: true })
    if (output !== '') writeSync(standardError, output)
  }
}

interface Descriptors {
  /** A further descriptor of the same file. */
  duplicate(descriptor: number): number
  /** Makes `target` one of what `source` is one of. */
  replace(source: number, target: number): void
}

async function descriptorsOf(): Promise<Descriptors | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const library = (await loadForeign()).load(null)
    const duplicate = library.function('dup', 'int32', ['int32'])
    const replace = library.function('dup2', 'int32', ['int32', 'int32'])
    return { duplicate, replace: (source, target) => void replace(source, target) }
  } catch {
    return undefined
  }
}
