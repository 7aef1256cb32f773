/**
 * As much of VS Code's programming interface as the extension and its client of the protocol use, without a window. Tests open texts, move the cursor and
 * read what was shown. What is not here does nothing: a registration is accepted, an event never comes.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { TextDocument } from 'vscode-languageserver-textdocument'

type Listener = (event: unknown) => unknown

class Disposable {
  readonly dispose: () => void
  constructor(dispose: () => void) {
    this.dispose = dispose
  }
  static from(...all: readonly Disposable[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose()
    })
  }
}

class EventEmitter {
  private readonly listeners = new Set<Listener>()
  readonly event = (listener: Listener, self?: unknown): Disposable => {
    const bound: Listener = (event) => listener.call(self, event)
    this.listeners.add(bound)
    return new Disposable(() => this.listeners.delete(bound))
  }
  fire(event: unknown): void {
    for (const one of this.listeners) one(event)
  }
  dispose(): void {
    this.listeners.clear()
  }
}

export class Uri {
  readonly scheme: string
  readonly path: string
  private readonly text: string
  private constructor(text: string) {
    this.text = text
    this.scheme = text.slice(0, text.indexOf(':'))
    this.path = decodeURIComponent(text.replace(/^\w+:(\/\/)?/, ''))
  }
  static parse(text: string): Uri {
    return new Uri(text)
  }
  static file(path: string): Uri {
    return new Uri(pathToFileURL(path).href)
  }
  get fsPath(): string {
    return fileURLToPath(this.text)
  }
  toString(): string {
    return this.text
  }
}

class Position {
  readonly line: number
  readonly character: number
  constructor(line: number, character: number) {
    this.line = line
    this.character = character
  }
}

class Range {
  readonly start: Position
  readonly end: Position
  constructor(
    ...given:
      | readonly [start: Position, end: Position]
      | readonly [line: number, character: number, endLine: number, endCharacter: number]
  ) {
    const [start, end] =
      given.length === 2 ? given : [new Position(given[0], given[1]), new Position(given[2], given[3])]
    this.start = start
    this.end = end
  }
}

class Diagnostic {
  readonly range: Range
  readonly message: string
  constructor(range: Range, message: string) {
    this.range = range
    this.message = message
  }
}

class CodeActionKind {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
  append(part: string): CodeActionKind {
    return new CodeActionKind(`${this.value}.${part}`)
  }
}

/** What it was made of. */
class Made {
  readonly parts: readonly unknown[]
  constructor(...parts: readonly unknown[]) {
    this.parts = parts
  }
}
export class Task extends Made {}
class ShellExecution extends Made {}

class CancellationTokenSource {
  readonly token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable(() => {}) }
  cancel(): void {}
  dispose(): void {}
}

/** A text in an editor. */
export class FakeDocument {
  readonly uri: Uri
  readonly languageId = 'distill'
  isDirty = false
  version = 1
  text: string
  constructor(uri: Uri, text: string) {
    this.uri = uri
    this.text = text
  }
  getText(): string {
    return this.text
  }
  async save(): Promise<boolean> {
    this.isDirty = false
    return true
  }
  lineOf(words: string): number {
    return (this.text.split(words)[0] ?? '').split('\n').length - 1
  }
}

export class FakeEditor {
  readonly document: FakeDocument
  readonly viewColumn: number
  selection: { readonly active: Position }
  constructor(document: FakeDocument, viewColumn: number, line: number) {
    this.document = document
    this.viewColumn = viewColumn
    this.selection = { active: new Position(line, 0) }
  }
}

/** A page that the extension shows. */
export class FakePanel {
  readonly type: string
  title: string
  visible = true
  readonly posted: Readonly<Record<string, unknown>>[] = []
  private readonly messages = new EventEmitter()
  private readonly disposed = new EventEmitter()
  readonly onDidDispose = this.disposed.event
  readonly webview: { html: string; readonly onDidReceiveMessage: unknown; readonly postMessage: unknown }
  constructor(type: string, title: string) {
    this.type = type
    this.title = title
    this.webview = {
      html: '',
      onDidReceiveMessage: this.messages.event,
      postMessage: async (message: Readonly<Record<string, unknown>>) => this.posted.push(message),
    }
  }
  reveal(): void {}
  /** What the script of the page says. */
  say(message: unknown): void {
    this.messages.fire(message)
  }
  /** The newest message of a kind. */
  newest(kind: string): Readonly<Record<string, unknown>> | undefined {
    return this.posted.findLast((one) => one.kind === kind)
  }
  dispose(): void {
    this.disposed.fire(undefined)
  }
}

/** Registrations are accepted and events never come, unless `known` has them. */
function space(known: object): object {
  return new Proxy(known, {
    get: (_, name) =>
      Reflect.get(known, name) ??
      (typeof name === 'string' && /^(register|on)[A-Z]/.test(name)
        ? () => new Disposable(() => {})
        : undefined),
  })
}

/** Classes that the client of the protocol extends or makes. */
const made =
  'CallHierarchyItem CodeLens CompletionItem DocumentLink InlayHint SymbolInformation TypeHierarchyItem CodeAction CancellationError Location Hover MarkdownString DocumentSymbol FoldingRange TextEdit WorkspaceEdit SemanticTokens SemanticTokensEdits TabInputText TabInputTextDiff TabInputNotebook TabInputCustom DiagnosticRelatedInformation RelativePattern SnippetString'
/** Where only the difference of values matters. */
const numbered = {
  ColorThemeKind: ['', 'Light', 'Dark', 'HighContrast', 'HighContrastLight'],
  CodeActionTriggerKind: ['', 'Invoke', 'Automatic'],
  CompletionItemTag: ['', 'Deprecated'],
  DiagnosticSeverity: ['Error', 'Warning', 'Information', 'Hint'],
  DiagnosticTag: ['', 'Unnecessary', 'Deprecated'],
  LogLevel: ['Off', 'Trace', 'Debug', 'Info', 'Warning', 'Error'],
  ProgressLocation: [
    '',
    'SourceControl',
    'Window',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    'Notification',
  ],
  ShellQuoting: ['', 'Escape', 'Strong', 'Weak'],
  SymbolTag: ['', 'Deprecated'],
  TaskScope: ['', 'Global', 'Workspace'],
  TextDocumentSaveReason: ['', 'Manual', 'AfterDelay', 'FocusOut'],
  ViewColumn: ['', 'One', 'Two'],
}

export class FakeVscode {
  /** Messages of errors and of news. */
  readonly said: string[] = []
  readonly tasks: Task[] = []
  readonly panels: FakePanel[] = []
  readonly problems = new Map<string, readonly Diagnostic[]>()
  readonly documents: FakeDocument[] = []
  readonly commands = new Map<string, (...given: readonly unknown[]) => unknown>()
  readonly settings: Record<string, unknown> = {}
  readonly subscriptions: Disposable[] = []
  isTrusted = true
  active: FakeEditor | undefined
  private readonly folder: string
  private readonly opened = new EventEmitter()
  private readonly changed = new EventEmitter()
  private readonly selected = new EventEmitter()
  private readonly trusted = new EventEmitter()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Loads a bundled extension and activates it. */
  async activate(file: string): Promise<void> {
    const module: { exports: { activate?: (context: unknown) => Promise<void> } } = { exports: {} }
    const load = createRequire(file)
    const required = (name: string): unknown => (name === 'vscode' ? this.api() : load(name))
    const words = ['module', 'exports', 'require', '__filename', '__dirname']
    const code = compileFunction(readFileSync(file, 'utf8'), words, { filename: file })
    code(module, module.exports, required, file, dirname(file))
    await module.exports.activate?.({ subscriptions: this.subscriptions })
  }

  deactivate(): void {
    for (const one of this.subscriptions) one.dispose()
  }

  async run(command: string, ...given: readonly unknown[]): Promise<void> {
    await this.commands.get(command)?.(...given)
  }

  trust(): void {
    this.isTrusted = true
    this.trusted.fire(undefined)
  }

  open(path: string, text = readFileSync(path, 'utf8')): FakeDocument {
    const uri = Uri.file(path)
    const known = this.documents.find((one) => one.uri.toString() === uri.toString())
    const document = known ?? new FakeDocument(uri, text)
    if (!known) {
      this.documents.push(document)
      this.opened.fire(document)
    }
    this.active = new FakeEditor(document, 1, 0)
    return document
  }

  type(document: FakeDocument, old: string, text: string): void {
    const before = TextDocument.create('', 'distill', 0, document.text)
    const offset = document.text.indexOf(old)
    const range = { start: before.positionAt(offset), end: before.positionAt(offset + old.length) }
    document.text = document.text.replace(old, () => text)
    document.version++
    document.isDirty = true
    const change = { range, rangeOffset: offset, rangeLength: old.length, text }
    this.changed.fire({ document, contentChanges: [change] })
  }

  /** Moves the cursor. */
  select(line: number): void {
    if (this.active) this.active.selection = { active: new Position(line, 0) }
    this.selected.fire({})
  }

  private api(): object {
    const { opened, changed, selected, trusted, said, settings, documents, commands } = this
    const say = async (text: string): Promise<undefined> => void said.push(text)
    const names = Object.entries(numbered).map(([name, values]) => [
      name,
      Object.fromEntries(values.map((value, i) => [value, i])),
    ])
    const fake = this
    return {
      ...Object.fromEntries(made.split(' ').map((name) => [name, class extends Made {}])),
      ...Object.fromEntries(names),
      ...{
        Disposable,
        EventEmitter,
        Uri,
        Position,
        Range,
        Diagnostic,
        Task,
        ShellExecution,
        CancellationTokenSource,
      },
      CodeActionKind: Object.assign(CodeActionKind, {
        Empty: new CodeActionKind(''),
        QuickFix: new CodeActionKind('quickfix'),
        Source: new CodeActionKind('source'),
      }),
      version: '1.91.0',
      env: { language: 'en', appName: 'fake' },
      commands: {
        registerCommand: (name: string, run: (...given: readonly unknown[]) => unknown) => {
          commands.set(name, run)
          return new Disposable(() => commands.delete(name))
        },
      },
      languages: space({
        match: (_: unknown, { languageId }: FakeDocument) => (languageId === 'distill' ? 10 : 0),
        createDiagnosticCollection: () => ({
          set: (uri: Uri, found: readonly Diagnostic[] = []) => this.problems.set(uri.toString(), found),
          delete: (uri: Uri) => this.problems.delete(uri.toString()),
          clear: () => this.problems.clear(),
          dispose: () => {},
        }),
      }),
      tasks: { executeTask: async (task: Task) => this.tasks.push(task) },
      workspace: space({
        get isTrusted() {
          return fake.isTrusted
        },
        textDocuments: documents,
        notebookDocuments: [],
        workspaceFolders: [{ uri: Uri.file(this.folder), name: 'folder', index: 0 }],
        getWorkspaceFolder: (uri: Uri) =>
          uri.fsPath.startsWith(this.folder) ? { uri: Uri.file(this.folder) } : undefined,
        getConfiguration: () => ({ get: (name: string, usual: unknown) => settings[name] ?? usual }),
        onDidOpenTextDocument: opened.event,
        onDidChangeTextDocument: changed.event,
        onDidGrantWorkspaceTrust: trusted.event,
        createFileSystemWatcher: () => space({ dispose: () => {} }),
      }),
      window: space({
        get activeTextEditor() {
          return fake.active
        },
        get visibleTextEditors() {
          return fake.active ? [fake.active] : []
        },
        activeColorTheme: { kind: 2 },
        tabGroups: space({ all: [] }),
        onDidChangeTextEditorSelection: selected.event,
        showErrorMessage: say,
        showWarningMessage: say,
        showInformationMessage: say,
        withProgress: (_: unknown, run: () => unknown) => run(),
        createOutputChannel: () =>
          new Proxy(space({ logLevel: 3, name: 'Distill' }), {
            get: (channel, name) => Reflect.get(channel, name) ?? (() => {}),
          }),
        createWebviewPanel: (type: string, title: string) => {
          const panel = new FakePanel(type, title)
          this.panels.push(panel)
          return panel
        },
        showTextDocument: async (uri: Uri, { selection }: { readonly selection: Range }) => {
          this.open(uri.fsPath)
          this.select(selection.start.line)
        },
      }),
    }
  }
}
