/**
 * Whether a resumed run computes the same bits as before. That depends on the backend, its libraries,
 * Distill, Node.js and the instructions of the processor. Another number of threads is only told.
 */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { otherBits } from '../diagnostics/messages/runs.ts'
import type { RunConfig, RunFolder } from './run-folder.ts'

/** What computes a run. Its precision is that of the configuration, and never another one. */
export type Computer = Pick<RunConfig, 'backend' | 'versions' | 'instructions' | 'threads' | 'processor'>

interface Differences {
  readonly bits: readonly string[]
  readonly others: readonly string[]
}

/**
 * Throws E1018 if the bits may differ, unless that is allowed: then the configuration has it, and what
 * computes from now on.
 * @param note is called with each difference that is no error
 */
export function settleComputer(
  folder: RunFolder,
  before: RunConfig,
  now: Computer,
  { allowed, note }: { readonly allowed: boolean; readonly note: (text: string) => void },
): void {
  const { bits, others } = differences(before, now)
  if (bits.length > 0 && !allowed)
    throw new DiagnosticError(otherBits({ run: folder.path, changes: bits, backend: before.backend }))
  for (const change of others) note(`${change}: this changes no bits`)
  for (const change of bits) note(`${change}: the weights will differ from those of an undisturbed run`)
  const inexact = { time: new Date().toISOString(), changes: [...bits] }
  if (bits.length + others.length === 0) return
  folder.writeConfig({
    ...before,
    ...now,
    ...(bits.length > 0 ? { inexact: [...(before.inexact ?? []), inexact] } : {}),
  })
}

function differences(before: Computer, now: Computer): Differences {
  const bits: string[] = []
  const others: string[] = []
  const compare = (into: string[], what: string, old?: string | number, current?: string | number): void => {
    // Earlier versions did not record it.
    if (old !== undefined && current !== undefined && old !== current)
      into.push(`${what} was ${old}, is ${current}`)
  }
  compare(bits, 'the backend', before.backend, now.backend)
  // Other libraries follow from another backend.
  const libraries = before.backend === now.backend ? Object.keys(now.versions) : ['distill', 'node']
  for (const name of libraries) {
    const [old, current] = [before.versions[name], now.versions[name]]
    // Node.js changes its engine, which computes exp and log, with the first number only.
    const same = name === 'node' && old !== undefined && majorOf(old) === majorOf(current ?? '')
    compare(same ? others : bits, titleOf(name), old, current)
  }
  if (before.backend === now.backend)
    compare(bits, 'the instructions of the processor', before.instructions, now.instructions)
  compare(others, 'the number of threads', before.threads, now.threads)
  compare(others, 'the processor', before.processor, now.processor)
  return { bits, others }
}

function titleOf(name: string): string {
  return { distill: 'Distill', node: 'Node.js' }[name] ?? name
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? ''
}
