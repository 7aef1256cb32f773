/** The texts of a spec as a run records them, and the changes since. */
import { createHash } from 'node:crypto'
import { dirname, relative, resolve } from 'node:path'
import type { Program } from '../check/program.ts'
import { parseSource } from '../syntax/build-ast.ts'
import type { RunConfig } from './run-folder.ts'

/**
 * The text of each file of a spec, by its path from the spec's folder, so that a run can move with it. Files
 * of the library are `std/...`.
 */
export function specTexts(program: Program): Map<string, string> {
  const home = dirname(resolve(program.file))
  return new Map(
    [...program.sources].map(([path, text]) => [
      path.startsWith('std/') ? path : relative(home, resolve(path)),
      text,
    ]),
  )
}

/** Hashes of each file without comments, empty lines and spacing, which may change. */
export function textHashes(texts: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...texts].map(([path, text]) => [path, hash(meaningfulLines(text).join('\n'))]))
}

/**
 * Lines without comments and extra spaces, without empty ones. A sweep's lists are no part of its runs, which
 * record their settings.
 */
function meaningfulLines(text: string): string[] {
  return withoutSweep(text)
    .split('\n')
    .map((line) => withoutComment(line).replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}

function withoutSweep(text: string): string {
  if (!/\bsweep\b/.test(text)) return text
  const { declarations } = parseSource('spec', text).tree
  return declarations
    .filter(({ kind }) => kind === 'sweep')
    .reduceRight((rest, { span }) => rest.slice(0, span.start) + rest.slice(span.end), text)
}

function withoutComment(line: string): string {
  const match = /^(?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*/.exec(line)
  return match?.[0] ?? line
}

/**
 * The differences between the recorded files of a run and the program, as sentences; empty if there are none.
 */
export function specChanges(
  config: RunConfig,
  program: Program,
  before: ReadonlyMap<string, string>,
): string[] {
  const texts = specTexts(program)
  const now = textHashes(texts)
  const changes: string[] = []
  for (const [path, digest] of Object.entries(config.texts)) {
    const text = texts.get(path)
    if (text === undefined) changes.push(`${path} is not imported any more`)
    else if (now[path] !== digest)
      changes.push(`${path} has changed${firstDifference(before.get(path), text)}`)
  }
  for (const path of Object.keys(now)) if (!(path in config.texts)) changes.push(`${path} is imported now`)
  return changes
}

function firstDifference(before: string | undefined, after: string): string {
  if (before === undefined) return ''
  const old = meaningfulLines(before)
  const now = meaningfulLines(after)
  const at = now.findIndex((line, i) => line !== old[i])
  if (at < 0) return `: it ends before \`${old[now.length] ?? ''}\``
  const [was, is] = [old[at], now[at] ?? '']
  if (was === undefined) return `: \`${is}\` is new`
  const [cutWas, cutIs] = differingParts(was, is)
  return `: \`${cutWas}\` is now \`${cutIs}\``
}

/** Two lines without most of their common beginning and end. */
function differingParts(a: string, b: string): readonly [string, string] {
  const context = 20
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const from = Math.max(0, start - context)
  const cut = (line: string): string => {
    const to = Math.min(line.length, line.length - end + context)
    return `${from > 0 ? '...' : ''}${line.slice(from, to)}${to < line.length ? '...' : ''}`
  }
  return [cut(a), cut(b)]
}

/** Of a spec and all that it imports, from the hashes of their texts by file. */
export function specHash(texts: Readonly<Record<string, string>>): string {
  const files = Object.keys(texts).sort()
  return hash(JSON.stringify(files.map((file) => [file, texts[file]])))
}

function hash(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
