/** What the worker does: the language service and the compiler over files in memory. It knows no page. */
import type { TextEdit } from 'vscode-languageserver-types'
import { CompletionItemKind, DiagnosticSeverity } from 'vscode-languageserver-types'
import type { CheckResult } from '../check/check.ts'
import { wrongCombination } from '../check/combinations.ts'
import type { Program } from '../check/program.ts'
import type { SpecFiles } from '../check/spec-files.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { diagnosticsJson, nothingWrong, renderDiagnostics } from '../diagnostics/render.ts'
import { terminalText } from '../diagnostics/terminal-text.ts'
import { distillingStage } from '../draw/distilling-stage.ts'
import { Lines } from '../language/positions.ts'
import { LanguageService } from '../language/service.ts'
import { coloredWords } from './colored-words.ts'
import { filesInMemory } from './memory-files.ts'
import type {
  Checked,
  ColoredWord,
  Compiler,
  Edit,
  FormRequest,
  Place,
  Problem,
  Remedy,
  ShippedFiles,
  SpecText,
  Suggestion,
} from './protocol.ts'

/** Problems whose remedies are looked for: each costs a check. */
const mostRemedies = 10

const severities: { readonly [severity: number]: Problem['severity'] } = {
  [DiagnosticSeverity.Error]: 'error',
  [DiagnosticSeverity.Warning]: 'warning',
}

/** The icons of suggestions. */
const kinds: { readonly [kind: number]: string } = {
  [CompletionItemKind.Function]: 'function',
  [CompletionItemKind.Property]: 'property',
  [CompletionItemKind.Field]: 'property',
  [CompletionItemKind.Keyword]: 'keyword',
  [CompletionItemKind.Constant]: 'constant',
  [CompletionItemKind.Class]: 'class',
  [CompletionItemKind.Reference]: 'namespace',
}

export class PageCompiler implements Compiler {
  private readonly files: SpecFiles
  private readonly shipped: ShippedFiles
  private readonly service: LanguageService

  constructor(shipped: ShippedFiles) {
    this.shipped = shipped
    this.files = filesInMemory(shipped)
    this.service = new LanguageService({ files: this.files, uriOf: (path) => path })
  }

  words({ text }: SpecText): readonly ColoredWord[] {
    return coloredWords(text)
  }

  check(spec: SpecText, columns: number): Checked {
    const { path } = spec
    const { diagnostics, sources, program } = this.withCombinations(spec)
    const printed =
      diagnostics.length === 0
        ? nothingWrong(path, false)
        : terminalText(renderDiagnostics(diagnostics, sources, { color: true, columns, file: path }))
    return {
      text: printed,
      json: diagnosticsJson(diagnostics, sources),
      problems: this.problemsOf(spec),
      errors: diagnostics.filter(({ severity }) => severity === 'error').length,
      warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
      ...(program ? { program: { stages: stageNames(program), stage: firstStage(program) } } : {}),
    }
  }

  remedies(spec: SpecText): readonly Remedy[] {
    this.opened(spec)
    const last = this.problemsOf(spec)[mostRemedies - 1]?.to ?? spec.text.length
    const lines = new Lines(spec.text)
    return this.service
      .fixes(spec.path, lines.rangeOf({ start: 0, end: last }))
      .map(({ title, diagnostics: [first] = [], edit }) => ({
        title,
        ...(first ? { place: placeOf(lines, first.range) } : {}),
        edits: editsOf(lines, edit?.changes?.[spec.path] ?? []),
      }))
  }

  hover(spec: SpecText, at: number): (Place & { readonly text: string }) | undefined {
    this.opened(spec)
    const lines = new Lines(spec.text)
    const found = this.service.hover(spec.path, lines.rangeOf({ start: at, end: at }).start)
    if (!found?.range || typeof found.contents !== 'object' || !('value' in found.contents)) return undefined
    return { ...placeOf(lines, found.range), text: found.contents.value }
  }

  suggest(spec: SpecText, at: number): readonly Suggestion[] {
    this.opened(spec)
    const lines = new Lines(spec.text)
    const position = lines.rangeOf({ start: at, end: at }).start
    return this.service.completions(spec.path, position).map((item) => ({
      label: item.label,
      kind: kinds[item.kind ?? 0] ?? 'variable',
      edits: editsOf(lines, item.additionalTextEdits ?? []),
      ...(item.detail === undefined ? {} : { detail: item.detail }),
      ...(item.insertText === undefined ? {} : { insert: item.insertText }),
      ...(item.sortText === undefined ? {} : { order: item.sortText }),
    }))
  }

  format(spec: SpecText): string | undefined {
    this.opened(spec)
    return this.service.format(spec.path)[0]?.newText
  }

  async form(request: FormRequest): Promise<string> {
    const { program, diagnostics } = this.opened(request)
    if (program === undefined) throw new DiagnosticError(...diagnostics)
    const { formText } = await import('./forms.ts')
    return formText(program, request, { files: this.files, shipped: this.shipped })
  }

  /** As `check` reports a spec: with each combination of a sweep, which takes as many checks. */
  private withCombinations(spec: SpecText): Pick<CheckResult, 'diagnostics' | 'sources' | 'program'> {
    const checked = this.opened(spec)
    const { files } = this
    const reader = (path: string): string | undefined => this.service.workspace.text(path)
    const sweep = checked.program?.sweep ?? []
    return wrongCombination(spec.path, sweep, { files, reader }) ?? checked
  }

  private opened({ path, text }: SpecText) {
    const { workspace } = this.service
    for (const other of workspace.paths) if (other !== path) workspace.close(other)
    if (workspace.text(path) !== text || !workspace.paths.includes(path)) workspace.set(path, text)
    return workspace.check(path)
  }

  private problemsOf({ path, text }: SpecText): readonly Problem[] {
    const lines = new Lines(text)
    return (this.service.problems(path).get(path) ?? []).map(({ range, severity = 1, code, message }) => ({
      ...placeOf(lines, range),
      severity: severities[severity] ?? 'info',
      code: String(code),
      message: typeof message === 'string' ? message : message.value,
    }))
  }
}

function stageNames({ stages }: Program): readonly string[] {
  return stages.map(({ name }) => name)
}

function firstStage(program: Program): string | undefined {
  return (distillingStage(program) ?? program.stages[0])?.name
}

function placeOf(lines: Lines, { start, end }: TextEdit['range']): Place {
  return { from: lines.offsetOf(start), to: lines.offsetOf(end) }
}

function editsOf(lines: Lines, edits: readonly TextEdit[]): readonly Edit[] {
  return edits.map(({ range, newText }) => ({ ...placeOf(lines, range), insert: newText }))
}
