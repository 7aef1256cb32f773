/**
 * Dawn writes about limits of software drivers to the process's standard error itself, two lines at each start, and has no setting for it. While a device is
 * opened, that output goes to a file, from which all other lines are passed on.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadForeign } from '../native/foreign.ts'

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

/** Gives what `open` gives. Where the system's own functions cannot be reached the lines are seen, and nothing else is different. */
export async function withoutWarnings<T>(open: () => T): Promise<T> {
  const descriptors = await descriptorsOf()
  if (descriptors === undefined) return open()
  const folder = mkdtempSync(join(tmpdir(), 'distill-'))
  const path = join(folder, 'stderr')
  const file = openSync(path, 'w')
  const saved = descriptors.duplicate(standardError)
  descriptors.replace(file, standardError)
  try {
    return open()
  } finally {
    descriptors.replace(saved, standardError)
    closeSync(saved)
    closeSync(file)
    const rest = passedOn(readFileSync(path, 'utf8'))
    if (rest !== '') writeSync(standardError, rest)
    rmSync(folder, { recursive: true })
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
