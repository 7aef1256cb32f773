/** A run that fails at one of its file operations and is continued: what must hold then. */
import type { Program } from '../../src/check/program.ts'
import { type Fault, type Operation, SimulatedDisk } from './simulated-disk.ts'
import { type Left, leftOn, type Outcome, trainOn } from './simulated-run.ts'

export interface Case {
  readonly at: number
  readonly how: Fault
  readonly operation: Operation
}

export interface Subject {
  readonly program: Program
  readonly backend: string
}

/** What an undisturbed run does and leaves. */
export async function undisturbed({ program, backend }: Subject): Promise<{
  readonly operations: readonly Operation[]
  readonly left: Left
}> {
  const simulated = new SimulatedDisk()
  const outcome = await trainOn(simulated, program, backend)
  if (outcome.kind !== 'finished') throw new Error(textOf(outcome))
  return { operations: [...simulated.operations], left: leftOn(simulated) }
}

/** Every fault at every operation where it can occur. */
export function casesOf(operations: readonly Operation[]): Case[] {
  return operations.flatMap((operation, at) => faultsOf(operation).map((how) => ({ at, how, operation })))
}

function faultsOf({ name, changes }: Operation): Fault[] {
  const failing = (code: string): Fault => ({ kind: 'errno', code, lasts: !['EIO', 'EMFILE'].includes(code) })
  // What changes nothing cannot be torn, and no disk is too full for it.
  if (!changes) return ['EIO', ...(name === 'open' ? ['EMFILE'] : [])].map(failing)
  return [
    { kind: 'killed' },
    ...(name === 'write' ? [{ kind: 'torn' } as const] : []),
    { kind: 'power' },
    { kind: 'power', seed: 1 },
    { kind: 'power', seed: 2 },
    ...['ENOSPC', 'EIO', 'EROFS', 'EMFILE', 'EDQUOT'].map(failing),
  ]
}

/** Codes of errors of the disk: a file that cannot be written, and one that cannot be read. */
const ofDisk: ReadonlySet<string> = new Set(['E0907', 'E0915'])

/** Lets a run fail in some ways, one after another, and continues it. Returns what is wrong, or undefined. */
export async function problemOf(
  faults: readonly Pick<Case, 'at' | 'how'>[],
  { program, backend }: Subject,
  wanted: Left,
): Promise<string | undefined> {
  const simulated = new SimulatedDisk()
  let saved = 0
  for (const { at, how } of faults) {
    simulated.failAt(at, how)
    const outcome = await trainOn(simulated, program, backend)
    const problem = wrongEnd(outcome, how) ?? lostGeneration(outcome, saved)
    if (problem !== undefined) return problem
    saved = Math.max(saved, outcome.saved)
    simulated.restart()
  }
  const outcome = await trainOn(simulated, program, backend)
  if (outcome.kind !== 'finished') return `not continued: ${textOf(outcome)}`
  const note = outcome.notes.find((text) => /damaged|missing/.test(text))
  return note ?? lostGeneration(outcome, saved) ?? difference(leftOn(simulated), wanted)
}

function wrongEnd(outcome: Outcome, how: Fault): string | undefined {
  if (outcome.kind === 'internal') return textOf(outcome)
  if (outcome.kind !== 'refused') return undefined
  const isTold =
    how.kind === 'errno' && outcome.codes.length === 1 && outcome.codes.every((code) => ofDisk.has(code))
  return isTold ? undefined : textOf(outcome)
}

function lostGeneration({ resumed }: Outcome, saved: number): string | undefined {
  return resumed !== undefined && resumed < saved
    ? `continued from ${resumed}, ${saved} was saved`
    : undefined
}

function difference(left: Left, wanted: Left): string | undefined {
  for (const name of new Set([...left.names, ...wanted.names])) {
    if (!wanted.names.includes(name)) return `${name} is left over`
    if (!left.names.includes(name)) return `${name} is missing`
  }
  for (const [name, hash] of wanted.weights)
    if (left.weights.get(name) !== hash) return `the weights in ${name} differ`
  const at = wanted.log.findIndex((line, index) => line !== left.log[index])
  if (at >= 0 || left.log.length !== wanted.log.length)
    return `line ${at + 1} of the log: ${left.log[at]} in place of ${wanted.log[at]}`
  return left.report === wanted.report ? undefined : `the report is ${left.report}`
}

function textOf(outcome: Outcome): string {
  return outcome.kind === 'finished' || outcome.kind === 'ended' ? outcome.kind : outcome.text
}

/** `power 1 at write checkpoints/last` */
export function nameOf({ at, how, operation }: Case): string {
  const detail = how.kind === 'errno' ? how.code : how.kind === 'power' ? (how.seed ?? '') : ''
  return `${how.kind} ${detail} at ${at}: ${operation.name} ${operation.path}`
}

/** Some of them, at random places that follow from the seed. */
export function sampled<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  let state = seed
  const order = items.map((item) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return { item, key: state }
  })
  return order
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ item }) => item)
}
