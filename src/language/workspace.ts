/**
 * The texts that an editor has open, and what the checker says of them. A check stays until a text changes;
 * files whose text is the same are not parsed again.
 */
import { type CheckResult, check } from '../check/check.ts'
import type { FileScope, ParsedFiles } from '../check/files.ts'
import type { Program } from '../check/program.ts'
import { libraryNames, type SpecFiles } from '../check/spec-files.ts'
import { Uses } from '../check/uses.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import { Names } from './names.ts'
import { Lines } from './positions.ts'

export interface WorkspaceOptions {
  /** What is not open. */
  readonly files: SpecFiles
}

export interface Checked extends Pick<CheckResult, 'diagnostics' | 'sources' | 'program' | 'files'> {
  readonly names: () => Names
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
  private readonly checks = new Map<string, Checked>()
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
  checkWith(path: string, texts: ReadonlyMap<string, string>): Checked {
    const uses = new Uses()
    const { diagnostics, sources, program, files } = check(path, {
      files: this.options.files,
      reader: (asked) => texts.get(asked) ?? this.text(asked),
      parsed: this.parsed,
      uses,
    })
    let names: Names | undefined
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
