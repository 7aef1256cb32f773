/** Whether a run can be resumed: the spec, its settings and the data must be unchanged. */
import { resolve } from 'node:path'
import type { Program } from '../check/program.ts'
import type { Wire } from '../cluster/wire.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { dataChanged, earlierRun, specChanged } from '../diagnostics/messages/runs.ts'
import { bytesText } from '../plan/print.ts'
import type { RunConfig, RunFolder } from './run-folder.ts'
import { specChanges } from './spec-texts.ts'

/** The options of the command line. */
export interface Asked {
  readonly settings: Readonly<Record<string, string>>
  readonly seed: number
  readonly randomWeights: boolean
  readonly stages?: readonly string[]
  readonly maxSteps?: number
  /** The disabled passes, as the run folder records them. */
  readonly passes: string
  /** Bytes. */
  readonly memory?: number
  /** Of each batch; absent: 1. */
  readonly parts?: number
  /** Of gradients between ranks; absent: float32. */
  readonly wire?: Wire
}

/** Throws E1017 for a run whose checkpoints have no hashes and do not count the lines of the log. */
export function requireSameLayout(folder: RunFolder, { version, versions }: RunConfig): void {
  if (version === 2) return
  throw new DiagnosticError(
    earlierRun({ run: folder.path, version: versions.distill ?? 'of an earlier version' }),
  )
}

/** Throws E1002 if the spec or the options differ from those of the run. */
export function requireSameSpec(folder: RunFolder, config: RunConfig, program: Program, asked: Asked): void {
  const changes = specChanges(config, program, folder.readTexts())
  const names = new Set([...Object.keys(config.settings), ...Object.keys(asked.settings)])
  for (const name of names) {
    const before = config.settings[name]
    const now = asked.settings[name]
    if (before !== now) changes.push(`--set ${name} was ${before ?? 'not given'}, is ${now ?? 'not given'}`)
  }
  compare(changes, '--seed', config.seed, asked.seed)
  compare(changes, '--random-weights', config.randomWeights, asked.randomWeights)
  compare(
    changes,
    '--stage',
    config.stages?.join(', ') ?? 'not given',
    asked.stages?.join(', ') ?? 'not given',
  )
  compare(changes, '--max-steps', config.maxSteps ?? 'not given', asked.maxSteps ?? 'not given')
  compare(changes, '--passes', config.passes || 'not given', asked.passes || 'not given')
  compare(changes, '--memory', sizeText(config.memory), sizeText(asked.memory))
  compare(changes, '--parts', config.parts ?? 1, asked.parts ?? 1)
  compare(changes, '--wire', config.wire ?? 'float32', asked.wire ?? 'float32')
  if (changes.length > 0) throw new DiagnosticError(specChanged({ run: folder.path, changes }))
}

function sizeText(bytes: number | undefined): string {
  return bytes === undefined ? 'not given' : bytesText(bytes)
}

function compare(changes: string[], flag: string, before: unknown, now: unknown): void {
  if (before !== now) changes.push(`${flag} was ${before}, is ${now}`)
}

/** Throws E1003 if a data block has changed. */
export function requireSameData(
  folder: RunFolder,
  config: RunConfig,
  data: Readonly<Record<string, Readonly<Record<string, string>>>>,
): void {
  const changes: string[] = []
  for (const [name, now] of Object.entries(data)) {
    const before = config.data[name]
    if (!before) {
      changes.push(`data ${name} was not there`)
      continue
    }
    for (const part of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (before[part] === now[part]) continue
      changes.push(`${name}.${part} was ${before[part] ?? 'not there'}, is ${now[part] ?? 'not there'}`)
    }
  }
  if (changes.length > 0) throw new DiagnosticError(dataChanged({ run: folder.path, changes }))
}

/** Throws E1003 if another input file of the run has changed, such as a teacher's weights. */
export function requireSameInputs(
  folder: RunFolder,
  config: RunConfig,
  files: Readonly<Record<string, string>>,
): void {
  const before = config.files
  if (!before) return
  const names = [...new Set([...Object.keys(before), ...Object.keys(files)])].sort()
  const changes = names.flatMap((name) => {
    if (before[name] === files[name]) return []
    const how =
      before[name] === undefined ? 'was not there' : files[name] === undefined ? 'is gone' : 'has changed'
    return [`${name} ${how}`]
  })
  if (changes.length > 0) throw new DiagnosticError(dataChanged({ run: folder.path, changes }))
}

/** The spec of a run as a path from the working folder. */
export function specOf(config: RunConfig): string {
  return config.folder === process.cwd() ? config.spec : resolve(config.folder, config.spec)
}
