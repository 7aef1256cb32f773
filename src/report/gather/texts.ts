/**
 * The texts of a run's data, by file and line. A run keeps no texts, only their places: they are read from
 * the files of the data, if these are still what they were.
 */
import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileHash } from '../../data/file-hash.ts'
import type { TextRow } from '../../data/rows/form.ts'
import { rowForm } from '../../data/rows/index.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import type { RunFacts } from './facts.ts'

/** Characters of a text that are shown. */
const longest = 500

export class Texts {
  /** Why some texts are missing, by file. */
  readonly missing = new Map<string, string>()
  private readonly facts: RunFacts
  private readonly wanted: boolean
  /** By file and line; null where several rows are in one line. */
  private readonly known = new Map<string, ReadonlyMap<number, TextRow | null>>()

  /** @param wanted false: no text is read */
  constructor(facts: RunFacts, wanted: boolean) {
    this.facts = facts
    this.wanted = wanted
  }

  row(data: string, file: string, line: number): TextRow | undefined {
    if (!this.wanted) return undefined
    const key = `${data} ${file}`
    const rows = this.known.get(key) ?? this.read(data, file)
    this.known.set(key, rows)
    return rows.get(line) ?? undefined
  }

  private read(data: string, file: string): ReadonlyMap<number, TextRow | null> {
    const rows = new Map<number, TextRow | null>()
    const spec = this.facts.program.data.get(data)
    const path = resolve(this.facts.config.folder, file)
    const problem = spec === undefined ? `data \`${data}\` is not in the spec` : this.problemOf(path)
    if (problem !== undefined || spec === undefined) {
      this.missing.set(file, problem ?? '')
      return rows
    }
    try {
      const form = rowForm(spec)
      for (const row of form.read(spec, path, spec.span, { labels: spec.label?.kind === 'span' }))
        rows.set(row.line, rows.has(row.line) ? null : row)
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      this.missing.set(file, 'the file cannot be read any more')
    }
    return rows
  }

  private problemOf(path: string): string | undefined {
    if (!existsSync(path)) return 'the file is not there'
    const { config } = this.facts
    const home = dirname(resolve(config.folder, config.spec))
    const hash = config.files?.[relative(home, path)]
    return hash === undefined || hash === fileHash(path) ? undefined : 'the file has changed since the run'
  }
}

export function shortened(text: string, most = longest): string {
  const clean = text.replace(/\s+/g, ' ').trim()
  return clean.length > most ? `${clean.slice(0, most - 1)}\u2026` : clean
}
