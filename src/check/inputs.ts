/**
 * What the evaluation of a spec reads besides its syntax trees: names, lists of declarations, texts. A record
 * of it shows whether another evaluation would come to the same.
 */
import type { Reporter, Span } from '../diagnostics/diagnostic.ts'
import type { Declaration } from '../syntax/ast.ts'
import type { FileName, FileScope, LoadedFiles } from './files.ts'
import type { Reader } from './spec-files.ts'

type Kind = Declaration['kind']

/** What a name stands for in a file. `broken`: its declaration or import has an error, which is reported. */
export type NameOf = FileName | 'broken' | undefined

export class Inputs {
  readonly spec: FileScope
  readonly files: readonly FileScope[]
  private readonly byKey: ReadonlyMap<string, FileScope>
  private readonly reader: Reader
  private readonly reporter: Reporter

  constructor({ spec, files }: LoadedFiles, reader: Reader, reporter: Reporter) {
    this.spec = spec
    this.files = files
    this.byKey = new Map(files.map((file) => [file.file, file]))
    this.reader = reader
    this.reporter = reporter
  }

  /** The same, which remember what is read of them from now on. */
  recorded(): RecordedInputs {
    return new RecordedInputs(this, this.reader, this.reporter)
  }

  /** A file as it is now. What was kept of an earlier check knows it as it was. */
  current(file: FileScope): FileScope {
    return this.byKey.get(file.file) ?? file
  }

  named(name: string, file: FileScope): NameOf {
    const { names, broken } = this.current(file)
    return names.get(name) ?? (broken.has(name) ? 'broken' : undefined)
  }

  /** The names of the spec that stand for declarations of these kinds, in order. */
  entries(kinds: readonly Kind[]): readonly FileName[] {
    return [...this.spec.names.values()].filter(({ declaration }) => kinds.includes(declaration.kind))
  }

  /** All declarations of a kind, those of the spec last. */
  declarations<Wanted extends Kind>(
    kind: Wanted,
  ): { declaration: Extract<Declaration, { kind: Wanted }>; file: FileScope }[] {
    const isWanted = (declaration: Declaration): declaration is Extract<Declaration, { kind: Wanted }> =>
      declaration.kind === kind
    return this.files.flatMap((file) =>
      file.tree.declarations.filter(isWanted).map((declaration) => ({ declaration, file })),
    )
  }

  /** The text of a file that the spec names. */
  text(path: string): string | undefined {
    return this.reader(path)
  }

  /** Whether there is a syntax error in this place. */
  misread(span: Span): boolean {
    return this.reporter.diagnostics.some(
      ({ code, span: place }) =>
        code.startsWith('E00') &&
        place?.file === span.file &&
        place.start >= span.start &&
        place.start <= span.end,
    )
  }
}

/** Inputs that remember all that was read of them. */
export class RecordedInputs extends Inputs {
  private readonly names = new Map<FileScope, Map<string, NameOf>>()
  private readonly lists = new Map<readonly Kind[], readonly FileName[]>()
  private readonly kinds = new Map<Kind, readonly Declaration[]>()
  private readonly texts = new Map<string, string | undefined>()
  private readonly places = new Map<Span, boolean>()

  override named(name: string, file: FileScope): NameOf {
    const known = this.names.get(file) ?? new Map<string, NameOf>()
    this.names.set(file, known)
    if (!known.has(name)) known.set(name, super.named(name, file))
    return known.get(name)
  }

  override entries(kinds: readonly Kind[]): readonly FileName[] {
    const found = super.entries(kinds)
    this.lists.set(kinds, found)
    return found
  }

  override declarations<Wanted extends Kind>(
    kind: Wanted,
  ): { declaration: Extract<Declaration, { kind: Wanted }>; file: FileScope }[] {
    const found = super.declarations(kind)
    this.kinds.set(
      kind,
      found.map(({ declaration }) => declaration),
    )
    return found
  }

  override text(path: string): string | undefined {
    const found = super.text(path)
    this.texts.set(path, found)
    return found
  }

  override misread(span: Span): boolean {
    const found = super.misread(span)
    this.places.set(span, found)
    return found
  }

  /** Whether all that was read is the same in other inputs. */
  sameAs(others: Inputs): boolean {
    for (const [file, names] of this.names)
      for (const [name, found] of names) if (!isSameName(found, others.named(name, file))) return false
    for (const [kinds, found] of this.lists)
      if (!isSameList(found, others.entries(kinds), isSameName)) return false
    for (const [kind, found] of this.kinds) {
      const now = others.declarations(kind).map(({ declaration }) => declaration)
      if (!isSameList(found, now, (a, b) => a === b)) return false
    }
    for (const [path, found] of this.texts) if (found !== others.text(path)) return false
    for (const [span, found] of this.places) if (found !== others.misread(span)) return false
    return true
  }
}

function isSameList<Item>(
  before: readonly Item[],
  now: readonly Item[],
  isSame: (a: Item, b: Item) => boolean,
): boolean {
  return (
    before.length === now.length &&
    before.every((item, place) => {
      const other = now[place]
      return other !== undefined && isSame(item, other)
    })
  )
}

/** Unchanged declarations keep their objects. */
function isSameName(before: NameOf, now: NameOf): boolean {
  if (before === undefined || now === undefined || before === 'broken' || now === 'broken')
    return before === now
  return (
    before.name === now.name &&
    before.declaration === now.declaration &&
    before.span === now.span &&
    before.file.file === now.file.file
  )
}
