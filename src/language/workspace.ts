/**
 * The texts that an editor has open, and what the checker says of them. A check stays until a text changes;
 * files whose text is the same are not parsed again.
 */
import { type CheckResult, check } from '../check/check.ts'
import type { FileScope, ParsedFiles } from '../check/files.ts'
import type { KeptModels } from '../check/models.ts'
import type { DataSpec, Program } from '../check/program.ts'
import { libraryNames, type SpecFiles } from '../check/spec-files.ts'
import { Uses } from '../check/uses.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import { Expressions } from './expressions.ts'
import { Names } from './names.ts'
import { Lines } from './positions.ts'

export interface WorkspaceOptions {
  /** What is not open. */
  readonly files: SpecFiles
  /** Names of the columns of a data block's files; none where they are not there. */
  readonly columns?: (data: DataSpec) => readonly string[]
}

export interface Checked extends Pick<CheckResult, 'diagnostics' | 'sources' | 'program' | 'files'> {
  readonly names: () => Names
  readonly expressions: () => Expressions
  /** The entries that blocks may have, by their places. */
  readonly blocks: Uses['blocks']
  /** Where the file of a place is on disk. */
  pathOf(span: Pick<Span, 'file'>): string
  fileOf(span: Pick<Span, 'file'>): FileScope | undefined
  /** The lines of a file of the sources. */
  linesOf(file: string): Lines
}

export class Workspace {
  private readonly options: WorkspaceOptions
  private readonly open = new Map<string, string>()
  private readonly parsed: ParsedFiles = new Map()
  private readonly models = new Map<string, KeptModels>()
  private readonly checks = new Map<string, Checked>()
  /** Settings that a spec is checked with, other than it is written. */
  private readonly chosen = new Map<string, ReadonlyMap<string, string>>()
  /** The last program of each spec: while one types, there is often none. */
  private readonly programs = new Map<string, Program>()

  constructor(options: WorkspaceOptions) {
    this.options = options
  }

  /** The paths of open texts. */
  get paths(): readonly string[] {
    return [...this.open.keys()]
  }

  /** A text was opened, or has changed. */
  set(path: string, text: string): void {
    this.open.set(path, text)
    this.checks.clear()
  }

  close(path: string): void {
    this.open.delete(path)
    this.checks.clear()
  }

  /** A file was changed outside of the editor. */
  refresh(): void {
    this.checks.clear()
  }

  text(path: string): string | undefined {
    return this.open.get(path) ?? this.options.files.text(path)
  }

  /** Checks a spec with another value of a setting, as `--set` does; undefined: with the written one. */
  choose(path: string, name: string, value: string | undefined): void {
    const chosen = new Map(this.chosen.get(path))
    if (value === undefined) chosen.delete(name)
    else chosen.set(name, value)
    this.chosen.set(path, chosen)
    this.checks.clear()
  }

  /** What `choose` has set of the settings that the text still has. */
  settings(path: string): Readonly<Record<string, string>> {
    const text = this.text(path) ?? ''
    const isThere = (name: string): boolean => new RegExp(`^[ \\t]*setting[ \\t]+${name}\\b`, 'm').test(text)
    return Object.fromEntries([...(this.chosen.get(path) ?? [])].filter(([name]) => isThere(name)))
  }

  /** Names of the files in a folder beside a spec, in order. */
  filesBeside(path: string, folder: string): readonly string[] {
    const home = path.slice(0, path.lastIndexOf('/') + 1)
    return this.options.files.list(`${home}${folder}`)?.toSorted() ?? []
  }

  /** Columns of a data block, as the spec last was without errors. */
  columns(path: string, name: string): readonly string[] {
    const data = this.program(path)?.data.get(name)
    return data?.columns ?? (data && this.options.columns?.(data)) ?? []
  }

  /** What the checker says of a spec. Data and weights that it names are not opened. */
  check(path: string): Checked {
    const known = this.checks.get(path)
    if (known) return known
    const checked = this.checkWith(path, new Map())
    this.checks.set(path, checked)
    if (checked.program) this.programs.set(path, checked.program)
    return checked
  }

  /** The program of a spec as it last had no error. */
  program(path: string): Program | undefined {
    return this.check(path).program ?? this.programs.get(path)
  }

  /** The names that the library declares, each with the file that is imported for it. */
  library(): ReadonlyMap<string, string> {
    return libraryNames(this.options.files)
  }

  /** The same, as if some texts were others. */
  checkWith(path: string, texts: ReadonlyMap<string, string>, settings = this.settings(path)): Checked {
    const {
      diagnostics,
      sources,
      program,
      files,
      uses = new Uses(),
    } = check(path, {
      files: this.options.files,
      reader: (asked) => texts.get(asked) ?? this.text(asked),
      parsed: this.parsed,
      settings,
      models: this.models,
      isTrial: texts.size > 0,
      uses: true,
    })
    let names: Names | undefined
    let expressions: Expressions | undefined
    const lines = new Map<string, Lines>()
    const fileOf = ({ file }: Pick<Span, 'file'>): FileScope | undefined =>
      files.find((one) => one.file === file)
    return {
      diagnostics,
      sources,
      files,
      ...(program === undefined ? {} : { program }),
      blocks: uses.blocks,
      names: () => {
        names ??= new Names(files, sources, uses)
        return names
      },
      expressions: () => {
        expressions ??= new Expressions(uses)
        return expressions
      },
      fileOf,
      linesOf(file) {
        const known = lines.get(file) ?? new Lines(sources.get(file) ?? '')
        lines.set(file, known)
        return known
      },
      pathOf: (span) => fileOf(span)?.path ?? span.file,
    }
  }
}
