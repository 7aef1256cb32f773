/**
 * Dawn writes to the process's standard error itself: two lines about limits at each start on a software
 * driver, and a trace where there is no driver. There is no setting for it. So while a device is opened that
 * output goes to a file, from which other lines are passed on; where opening fails, the error says it.
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
 * Gives what `open` gives. Where the system's own functions cannot be reached the lines are seen, and nothing
 * else is different.
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
