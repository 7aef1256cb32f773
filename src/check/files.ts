/**
 * Files of a spec: the spec itself, its imports, and the names that each file can use. Loading reports syntax
 * errors, missing files, import cycles and unknown imported names. It evaluates nothing.
 */
import type { Reporter, Span } from '../diagnostics/diagnostic.ts'
import {
  declaredTwice,
  fileNotFound,
  fileUnreadable,
  importCycle,
  importOutside,
  tooManyFiles,
  unbindableName,
  unknownHole,
  unknownImport,
} from '../diagnostics/messages/names.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type {
  Declaration,
  ImportDeclaration,
  SettingDeclaration,
  SourceFile,
  SweepDeclaration,
} from '../syntax/ast.ts'
import { type ParsedSource, parseSource, type TextSize } from '../syntax/build-ast.ts'
import { limits } from '../syntax/limits.ts'
import { withUnchanged } from '../syntax/unchanged.ts'
import type { LabelOrigin } from './program.ts'
import { type Reader, type SpecFiles, specsIn } from './spec-files.ts'
import { termAxisOrder } from './tensor-term.ts'

/**
 * The labels in training files, in order; undefined where one of the files is absent.
 * @throws DiagnosticError what is wrong with the files or their labels
 */
export type LabelReader = (origin: LabelOrigin) => readonly string[] | undefined

/**
 * Parsed files, by their key in `Sources`, each with the text that it was. A declaration that an edit moves
 * is moved in the trees of earlier checks, too.
 */
export type ParsedFiles = Map<string, ParsedSource & { readonly text: string }>

/** A name that a file can use: declared in it, or imported. */
export interface FileName {
  readonly name: string
  /** The place in this file: the declaration's name, or the name in the import. */
  readonly span: Span
  readonly declaration: Exclude<Declaration, SweepDeclaration>
  /** The file that declares it. */
  readonly file: FileScope
}

/** The place where a name is declared, whatever file uses it. */
export function declaredAt({ declaration, span }: FileName): Span {
  return declaration.kind === 'import' ? span : declaration.name.span
}

export interface FileScope {
  /** The key in `Sources`, as shown to the user: `specs/demo.distill`, `std/bert.distill`. */
  readonly file: string
  /** Its path on disk. */
  readonly path: string
  /** Whether the file is part of the standard library. */
  readonly library: boolean
  readonly tree: SourceFile
  readonly names: ReadonlyMap<string, FileName>
  /** Names whose import failed. Their use is no further error. */
  readonly broken: ReadonlySet<string>
}

export interface LoadOptions {
  readonly files: SpecFiles
  readonly reader: Reader
  readonly reporter: Reporter
  readonly sources: Map<string, string>
  /** Whether a file may be imported though it is outside of the project's folder. */
  readonly allowOutside: (path: string) => boolean
  /** `--set name=value`: settings of the spec. Paths of imports may contain them. */
  readonly settings?: Readonly<Record<string, string>>
  /** Files whose text is still the same are not parsed again. Those that are parsed are added. */
  readonly parsed?: ParsedFiles | undefined
  /** Whether nothing that is parsed is added. */
  readonly isTrial?: boolean | undefined
}
export interface LoadedFiles {
  readonly spec: FileScope
  /** All files, imported ones before the files that import them. */
  readonly files: readonly FileScope[]
}

/** Loads a spec and its imports. Undefined, after reporting, if the spec itself is missing. */
export function loadFiles(path: string, options: LoadOptions): LoadedFiles | undefined {
  const loader = new Loader(options)
  const { files, reader } = options
  const text = reader(path)
  const problem = problemWith(files, path, text)
  if (problem !== undefined) options.reporter.report(fileUnreadable({ path, problem }))
  else if (text === undefined) options.reporter.report(fileNotFound({ path, help: whatIsThere(files, path) }))
  if (problem !== undefined || text === undefined) return undefined
  const spec = loader.parse({ key: path, path, library: false }, text)
  return { spec, files: loader.order }
}

/** A decoder puts U+FFFD where a file is no text. Only then is the file looked at again. */
function problemWith(files: SpecFiles, path: string, text: string | undefined): string | undefined {
  return text === undefined || text.includes('\ufffd') ? files.problem(path) : undefined
}

/** The reason why a path that exists is no readable file. */
function whatIsThere(files: SpecFiles, path: string): string | undefined {
  const specs = specsIn(files, path)
  if (specs === undefined) return undefined
  return specs.length > 0
    ? `it is a folder; it holds ${specs.slice(0, 5).join(', ')}`
    : 'it is a folder without a spec'
}

interface Place {
  readonly key: string
  readonly path: string
  readonly library: boolean
}

/**
 * Names that a file with syntax errors seems to declare. A declaration that could not be read is then one
 * error, and its uses are none.
 */
function* writtenNames(text: string): Generator<string> {
  const declared =
    /^[ \t]*(?:setting|data|model|head|teacher|student|map|projection|def|loss|stage)[ \t]+([A-Za-z_]\w*)/gm
  for (const [, name] of text.matchAll(declared)) if (name) yield name
  for (const [, list] of text.matchAll(/\bimport\s*\{([^}]*)\}/g)) yield* list?.match(/[A-Za-z_]\w*/g) ?? []
  // The import of Python, which has a message of its own.
  for (const [, list] of text.matchAll(/^[ \t]*(?:from[ \t]+\S+[ \t]+)?import[ \t]+([\w, \t]+)$/gm))
    yield* list?.match(/[A-Za-z_]\w*/g) ?? []
}

class Loader {
  readonly order: FileScope[] = []
  private readonly options: LoadOptions
  private readonly loaded = new Map<string, FileScope>()
  private readonly open: string[] = []
  /** What may still be read. */
  private room: TextSize = limits
  /** A file was refused for its length: no more are read. */
  private full = false

  constructor(options: LoadOptions) {
    this.options = options
  }

  parse(place: Place, text: string): FileScope {
    const { reporter, sources } = this.options
    // Diagnostics print no more of a file than its length limit allows.
    sources.set(place.key, text.slice(0, limits.characters))
    const { tree, diagnostics, size } = this.parsed(place.key, text)
    const { characters, words } = this.room
    if (size) this.room = { characters: characters - size.characters, words: words - size.words }
    else this.full = true
    for (const diagnostic of diagnostics) reporter.report(diagnostic)
    const names = new Map<string, FileName>()
    const broken = new Set<string>()
    const scope: FileScope = {
      file: place.key,
      path: place.path,
      library: place.library,
      tree,
      names,
      broken,
    }
    this.open.push(place.key)
    for (const declaration of tree.declarations) {
      if (declaration.kind === 'import') this.import(declaration, scope, names, broken)
      else if (declaration.kind !== 'sweep')
        this.add(names, {
          name: declaration.name.text,
          span: declaration.name.span,
          declaration,
          file: scope,
        })
    }
    if (diagnostics.length > 0) for (const name of writtenNames(text)) if (!names.has(name)) broken.add(name)
    this.open.pop()
    this.loaded.set(place.key, scope)
    this.order.push(scope)
    return scope
  }

  private parsed(key: string, text: string): ParsedSource {
    const { room } = this
    const before = this.options.parsed?.get(key)
    const fits = ({ size }: ParsedSource): boolean =>
      size !== undefined && size.characters <= room.characters && size.words <= room.words
    if (before?.text === text && fits(before)) return before
    const parsed = { ...parseSource(key, text, room), text }
    if (this.options.isTrial) return parsed
    const now = before ? { ...parsed, tree: withUnchanged(parsed, before) } : parsed
    this.options.parsed?.set(key, now)
    return now
  }

  private add(names: Map<string, FileName>, entry: FileName): void {
    const { reporter } = this.options
    const { name, span } = entry
    if (name === '') return
    const first = names.get(name)
    if (first) reporter.report(declaredTwice({ span, name, first: first.span }))
    else if (termAxisOrder.some((axis) => axis === name))
      reporter.report(unbindableName({ span, name, what: 'the name of an axis' }))
    else names.set(name, entry)
  }

  private import(
    declaration: ImportDeclaration,
    importer: FileScope,
    names: Map<string, FileName>,
    broken: Set<string>,
  ): void {
    const source = this.find(declaration, importer)
    for (const { name, as } of declaration.names) {
      const local = as ?? name
      if (!source) {
        broken.add(local.text)
        continue
      }
      const found = source.names.get(name.text)
      if (found) {
        this.add(names, { ...found, name: local.text, span: local.span })
        continue
      }
      broken.add(local.text)
      if (source.broken.has(name.text)) continue
      const declared = [...source.names.keys()]
      const similar = suggest(name.text, declared)
      const from = declaration.from.value
      this.options.reporter.report(
        unknownImport({ span: name.span, name: name.text, from, similar, declared }),
      )
    }
  }

  /** The file that an import names; undefined after reporting. */
  private find(declaration: ImportDeclaration, importer: FileScope): FileScope | undefined {
    const { files, reporter } = this.options
    const { span } = declaration.from
    const value = this.written(declaration, importer)
    if (value === undefined || value === '') return undefined
    const place = this.place(value, importer)
    const known = this.loaded.get(place.key)
    if (known) return known
    if (this.full) return undefined
    if (this.loaded.size + this.open.length >= limits.files) {
      reporter.report(tooManyFiles({ span, most: limits.files }))
      return undefined
    }
    const cycle = this.open.indexOf(place.key)
    if (cycle >= 0) {
      reporter.report(importCycle({ span, chain: [...this.open.slice(cycle), place.key] }))
      return undefined
    }
    const project = place.library ? undefined : this.projectWithout(place.path)
    if (project !== undefined) {
      reporter.report(importOutside({ span, path: place.key, project }))
      return undefined
    }
    const text = this.read(place)
    const problem = problemWith(files, place.path, text)
    if (problem !== undefined) {
      reporter.report(fileUnreadable({ span, path: place.key, problem }))
      return undefined
    }
    if (text === undefined) {
      reporter.report(fileNotFound({ span, path: place.key, help: this.helpFor(place) }))
      return undefined
    }
    return this.parse(place, text)
  }

  /** The path with its `{holes}` filled; undefined after reporting. */
  private written({ from }: ImportDeclaration, importer: FileScope): string | undefined {
    let complete = true
    const filled = from.pieces.map((piece) => {
      if (typeof piece === 'string') return piece
      const name = piece.hole
      const setting = importer.tree.declarations.find(
        (one): one is SettingDeclaration => one.kind === 'setting' && one.name.text === name,
      )
      const value = setting && this.settingValue(setting)
      if (value !== undefined) return value
      complete = false
      const settings = importer.tree.declarations.flatMap((one) =>
        one.kind === 'setting' && this.settingValue(one) !== undefined ? [one.name.text] : [],
      )
      const why = setting ? 'imports come before arithmetic: a text or a number is wanted' : undefined
      const similar = setting ? undefined : suggest(name, settings)
      this.options.reporter.report(unknownHole({ span: from.span, name, similar, why }))
      return ''
    })
    return complete ? filled.join('') : undefined
  }

  /**
   * The value of a setting before anything is evaluated: its literal, or the value of `--set` (for settings
   * of the spec itself).
   */
  private settingValue({ name, value }: SettingDeclaration): string | undefined {
    if (value.kind !== 'string' && value.kind !== 'number') return undefined
    const given = this.open.length === 1 ? this.options.settings?.[name.text] : undefined
    return given ?? String(value.value)
  }

  private place(written: string, importer: FileScope): Place {
    const { files } = this.options
    if (written.startsWith('std/'))
      return {
        key: files.resolve('', written),
        path: files.resolve(`${files.library ?? 'std'}/.`, `./${written.slice(4)}`),
        library: true,
      }
    const [key, path] = [files.resolve(importer.file, written), files.resolve(importer.path, written)]
    // A path from the root names a file of the machine, from wherever it is imported.
    return { key, path, library: importer.library && key !== written }
  }

  private read(place: Place): string | undefined {
    const { files, reader } = this.options
    return place.library ? (reader(place.key) ?? files.text(place.path)) : reader(place.path)
  }

  /** The folder of the project, if a file is outside of it and may not be imported. */
  private projectWithout(path: string): string | undefined {
    const { files, allowOutside } = this.options
    return allowOutside(path) ? undefined : files.projectWithout(path, this.open[0] ?? '')
  }

  private helpFor(place: Place): string | undefined {
    const { files } = this.options
    if (!place.library || !files.library) return undefined
    const known = (specsIn(files, files.library) ?? []).map((name) => `std/${name}`)
    const similar = known.find((file) => file === `${place.key}.distill`) ?? suggest(place.key, known)
    return similar ? `did you mean "${similar}"?` : `the library has ${known.join(', ')}`
  }
}
