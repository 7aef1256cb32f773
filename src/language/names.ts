/** The names of a spec and its files: where each is declared, and where else it is used. */
import type { FileScope } from '../check/files.ts'
import type { Uses } from '../check/uses.ts'
import type { Sources, Span } from '../diagnostics/diagnostic.ts'
import { writtenNames } from './written-names.ts'

/** A place where a name is written. */
export interface Occurrence {
  readonly text: string
  readonly span: Span
  /** Names are bound late, so there may be several. */
  readonly declarations: readonly Span[]
}

export class Names {
  private readonly byFile = new Map<string, readonly Occurrence[]>()

  constructor(files: readonly FileScope[], sources: Sources, uses: Uses) {
    const places = new Map<string, Map<number, Occurrence>>()
    const add = (text: string, span: Span, declarations: readonly Span[]): void => {
      const own = places.get(span.file) ?? new Map<number, Occurrence>()
      places.set(span.file, own)
      const before = own.get(span.start)?.declarations ?? []
      const others = declarations.filter((one) => !before.some((known) => isSame(known, one)))
      own.set(span.start, { text, span, declarations: [...before, ...others] })
    }
    const textAt = ({ file, start, end }: Span): string => sources.get(file)?.slice(start, end) ?? ''
    for (const [use, declarations] of uses.all()) add(textAt(use), use, [...declarations])
    for (const file of files)
      for (const { text, span, declared } of writtenNames(file, sources.get(file.file) ?? '')) {
        const isKnown = places.get(span.file)?.has(span.start) ?? false
        const isDeclaration = declared !== undefined && isSame(declared, span)
        // What the checker says of a use counts for more than the rules of scope.
        if (declared !== undefined && (isDeclaration || !isKnown)) add(text, span, [declared])
      }
    for (const [file, own] of places)
      this.byFile.set(
        file,
        [...own.values()].sort((a, b) => a.span.start - b.span.start),
      )
  }

  /** All of a file, in order. */
  in(file: string): readonly Occurrence[] {
    return this.byFile.get(file) ?? []
  }

  /** The name at an offset, or that ends there. */
  at(file: string, offset: number): Occurrence | undefined {
    const own = this.byFile.get(file) ?? []
    return own.find(({ span }) => span.start <= offset && offset <= span.end)
  }

  /**
   * All places of a name. A model that replaces a setting of another one declares it again, so both have
   * one name.
   */
  of({ declarations }: Occurrence): readonly Occurrence[] {
    const all = [...this.byFile.values()].flat()
    const keys = new Set(declarations.map(keyOf))
    for (let before = -1; before < keys.size; ) {
      before = keys.size
      for (const { declarations } of all)
        if (declarations.some((one) => keys.has(keyOf(one))))
          for (const one of declarations) keys.add(keyOf(one))
    }
    return all.filter(({ declarations }) => declarations.some((one) => keys.has(keyOf(one))))
  }
}

export function isSame(a: Span, b: Span): boolean {
  return keyOf(a) === keyOf(b)
}

function keyOf({ file, start }: Span): string {
  return `${file}:${start}`
}
