/**
 * What editors ask of a spec, free of Node's modules and of any protocol's connection. Places are in the
 * words of the Language Server Protocol 3.17. Nothing here throws for what a user has typed.
 */
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Location,
  Position,
  Diagnostic as Problem,
  Range,
  TextEdit,
} from 'vscode-languageserver-types'
import type { Span } from '../diagnostics/diagnostic.ts'
import { parseSource } from '../syntax/build-ast.ts'
import { printSource } from '../syntax/print.ts'
import { coloursOf, encoded } from './colours.ts'
import { completions } from './completion.ts'
import { fixesAt } from './fixes.ts'
import { hintsIn } from './hints.ts'
import { hoverAt } from './hover.ts'
import { lensesOf } from './lenses.ts'
import type { Names, Occurrence } from './names.ts'
import { foldsOf, outlineOf } from './outline.ts'
import { Lines } from './positions.ts'
import { problemsOf } from './problems.ts'
import { type Rename, renamed } from './rename.ts'
import { type Choice, choicesOf } from './switcher.ts'
import { type Checked, Workspace, type WorkspaceOptions } from './workspace.ts'

/** A name under the cursor. */
interface Found {
  readonly checked: Checked
  readonly names: Names
  readonly occurrence: Occurrence
}

export interface ServiceOptions extends WorkspaceOptions {
  /** The address of a file, such as `file:///home/me/spec.distill`. */
  readonly uriOf: (path: string) => string
}

export class LanguageService {
  readonly workspace: Workspace
  private readonly uriOf: (path: string) => string

  constructor(options: ServiceOptions) {
    this.workspace = new Workspace(options)
    this.uriOf = options.uriOf
  }

  /** By path, of this spec and its files. */
  problems(path: string): ReadonlyMap<string, readonly Problem[]> {
    return problemsOf(path, this.workspace.check(path), this.uriOf)
  }

  outline(path: string): readonly DocumentSymbol[] {
    const text = this.textOf(path)
    return outlineOf(parseSource(path, text).tree, new Lines(text))
  }

  folds(path: string): readonly FoldingRange[] {
    const text = this.textOf(path)
    return foldsOf(text, new Lines(text))
  }

  /** The standard layout. A text with syntax errors stays: formatting could lose parts of it. */
  format(path: string): readonly TextEdit[] {
    const text = this.textOf(path)
    const { tree, diagnostics } = parseSource(path, text)
    const newText = printSource(tree)
    return diagnostics.length > 0 || newText === text ? [] : [{ range: new Lines(text).range, newText }]
  }

  definition(path: string, position: Position): readonly Location[] {
    const found = this.find(path, position)
    return found?.occurrence.declarations.map((span) => this.location(found.checked, span)) ?? []
  }

  /** In all files of the open specs. */
  references(path: string, position: Position, withDeclaration: boolean): readonly Location[] {
    const found = this.find(path, position)
    if (!found) return []
    const all = found.names.of(found.occurrence)
    const isDeclaration = ({ span, declarations }: Occurrence): boolean =>
      declarations.some(({ file, start }) => file === span.file && start === span.start)
    return all
      .filter((one) => withDeclaration || !isDeclaration(one))
      .map(({ span }) => this.location(found.checked, span))
  }

  hover(path: string, position: Position): Hover | undefined {
    const found = hoverAt(this.workspace, path, this.offsetOf(path, position))
    if (!found) return undefined
    const range = this.rangeOf(this.workspace.check(path), found.span)
    return { contents: { kind: 'markdown', value: found.value }, range }
  }

  /** The place and the text of a name that can be changed; or why it cannot. */
  renameable(
    path: string,
    position: Position,
  ): { readonly range: Range; readonly placeholder: string } | { readonly reason: string } {
    const found = this.find(path, position)
    if (!found) return { reason: 'there is no name of a declaration here' }
    const { checked, occurrence } = found
    const library = occurrence.declarations.find((span) => checked.fileOf(span)?.library)
    if (library) return { reason: `\`${occurrence.text}\` is declared in the library: ${library.file}` }
    return { range: this.rangeOf(checked, occurrence.span), placeholder: occurrence.text }
  }

  /** The edits by path. They are checked: a name that would make an error is refused. */
  rename(path: string, position: Position, name: string): Rename {
    const allowed = this.renameable(path, position)
    if ('reason' in allowed) return allowed
    const found = this.find(path, position)
    if (!found) return { reason: 'there is no name here' }
    return renamed(this.workspace, path, { ...found, name })
  }

  /** Texts beside the text of a range: shapes, layers of maps, divisors. */
  hints(path: string, range: Range): readonly InlayHint[] {
    const lines = new Lines(this.textOf(path))
    const [start, end] = [lines.offsetOf(range.start), lines.offsetOf(range.end)]
    return hintsIn(this.workspace, path, { start, end })
  }

  /** The numbers of semantic tokens in the protocol's order. */
  colours(path: string): readonly number[] {
    return encoded(coloursOf(this.workspace, path), new Lines(this.textOf(path)))
  }

  /** Those of stages lack their titles, which `lensTitle` makes. */
  lenses(path: string): readonly CodeLens[] {
    return lensesOf(this.workspace, path, this.uriOf(path))
  }

  /** Settings of a spec with the values that they may be switched to. */
  choices(path: string): readonly Choice[] {
    return choicesOf(this.workspace, path)
  }

  completions(path: string, position: Position): readonly CompletionItem[] {
    return completions(this.workspace, path, this.offsetOf(path, position))
  }

  /** Remedies of what is wrong at a place. */
  fixes(path: string, range: Range): readonly CodeAction[] {
    return fixesAt({ workspace: this.workspace, path, uriOf: this.uriOf }, range)
  }

  private textOf(path: string): string {
    return this.workspace.text(path) ?? ''
  }

  private offsetOf(path: string, position: Position): number {
    return new Lines(this.textOf(path)).offsetOf(position)
  }

  private find(path: string, position: Position): Found | undefined {
    const checked = this.workspace.check(path)
    const file = checked.files.find((one) => one.path === path)?.file
    if (file === undefined) return undefined
    const names = checked.names()
    const occurrence = names.at(file, checked.linesOf(file).offsetOf(position))
    return occurrence && { checked, names, occurrence }
  }

  private location(checked: Checked, span: Span): Location {
    return { uri: this.uriOf(checked.pathOf(span)), range: this.rangeOf(checked, span) }
  }

  private rangeOf(checked: Checked, span: Span): Range {
    return checked.linesOf(span.file).rangeOf(span)
  }
}
