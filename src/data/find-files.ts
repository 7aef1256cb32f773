/**
 * Files by pattern: `*` and `?` stand for parts of one name, `**` for any number of folders. Node 20 has no
 * glob of its own. Files come in alphabetical order (by UTF-16 units), so example ids do not depend on the
 * file system.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { statOf } from '../files/regular-file.ts'

/**
 * The files that a path or pattern matches; empty if there are none. If a name with `*` exists as written, it
 * is that file. Names that begin with a dot match only a pattern that begins with one.
 */
export function findFiles(pattern: string): readonly string[] {
  if (isFile(pattern)) return [pattern]
  if (!/[*?]/.test(pattern)) return []
  const segments = pattern.split('/')
  const first = segments.findIndex((segment) => /[*?]/.test(segment))
  const root = segments.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.')
  const found = new Set<string>()
  collect(root, segments.slice(first), found)
  const prefix = root === '.' ? `.${path.sep}` : ''
  return [...found]
    .map((file) => (prefix && file.startsWith(prefix) ? file.slice(prefix.length) : file))
    .sort(byUnits)
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** False where the system takes no name of this length, of which `statSync` throws. */
function isFile(place: string): boolean {
  return statOf(place)?.isFile() === true
}

function collect(folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments
  if (segment === undefined) return
  if (segment === '**') collect(folder, rest, found)
  const matches = segment === '**' ? () => true : namePattern(segment)
  for (const entry of entriesOf(folder)) {
    if (entry.name.startsWith('.') && !segment.startsWith('.')) continue
    if (!matches(entry.name)) continue
    const place = path.join(folder, entry.name)
    if (segment === '**') {
      // Links to folders are not followed: they may lead in a circle.
      if (entry.isDirectory()) collect(place, segments, found)
    } else if (rest.length === 0) {
      if (isFile(place)) found.add(place)
    } else if (entry.isDirectory() || entry.isSymbolicLink()) collect(place, rest, found)
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function namePattern(segment: string): (name: string) => boolean {
  const source = segment
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${source}$`, 'su')
  return (name) => expression.test(name)
}
