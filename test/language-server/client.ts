/** An editor: a client of the built language server, over its standard input and output. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node'

/** Milliseconds until problems are published. */
const patience = 20_000

export class Editor {
  readonly connection: ProtocolConnection
  /** All publications, in order. */
  readonly published: PublishDiagnosticsParams[] = []
  private readonly server: ChildProcess
  private readonly texts = new Map<string, { text: string; version: number }>()
  /** Of the last text that was opened or changed: a text that is opened again has no version twice. */
  private version = 0
  private notify = (): void => {}

  private constructor(server: ChildProcess, connection: ProtocolConnection) {
    this.server = server
    this.connection = connection
    connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.published.push(params)
      this.notify()
    })
    connection.onRequest(RegistrationRequest.type, () => {})
    connection.listen()
  }

  static async start(): Promise<{ readonly editor: Editor; readonly result: InitializeResult }> {
    const tool = resolve('dist/distill.js')
    const server = spawn(process.execPath, [tool, 'language-server', '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const connection = createProtocolConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    )
    const editor = new Editor(server, connection)
    const result = await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    })
    await connection.sendNotification(InitializedNotification.type, {})
    return { editor, result }
  }

  /** Opens a text that need not be on disk. Resolves with its problems. */
  async open(path: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = uriOf(path)
    const version = ++this.version
    this.texts.set(uri, { text, version })
    const textDocument = { uri, languageId: 'distill', version, text }
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument })
    return this.problems(path)
  }

  /** Replaces a part of a text, as typing does. Resolves with its problems then. */
  async type(path: string, old: string, text: string): Promise<readonly Diagnostic[]> {
    const range = { start: this.place(path, old), end: this.place(path, old, old.length) }
    const uri = uriOf(path)
    const version = ++this.version
    this.texts.set(uri, { text: this.text(path).replace(old, () => text), version })
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    })
    return this.problems(path)
  }

  async close(path: string): Promise<void> {
    this.texts.delete(uriOf(path))
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, {
      textDocument: { uri: uriOf(path) },
    })
  }

  text(path: string): string {
    return this.texts.get(uriOf(path))?.text ?? ''
  }

  /** Where some text begins, or a place in it, in lines and UTF-16 units. */
  place(path: string, text: string, offset = 0): Position {
    const before = this.text(path).split(text)[0] ?? ''
    const lines = (before + text.slice(0, offset)).split('\n')
    return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
  }

  /** The parameters of a request about a place. */
  at(path: string, text: string, offset = 0) {
    return { textDocument: { uri: uriOf(path) }, position: this.place(path, text, offset) }
  }

  /** The problems of the newest version of a text. */
  async problems(path: string): Promise<readonly Diagnostic[]> {
    const uri = uriOf(path)
    const version = this.texts.get(uri)?.version
    const newest = (): PublishDiagnosticsParams | undefined =>
      this.published.findLast((one) => one.uri === uri && one.version === version)
    const found = newest()
    if (found) return found.diagnostics
    return new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`no problems were published of ${uri}`)), patience)
      this.notify = () => {
        const now = newest()
        if (!now) return
        clearTimeout(late)
        done(now.diagnostics)
      }
    })
  }

  /** Resolves with the exit code of the server. */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((done) => this.server.on('exit', done))
    await this.connection.sendRequest(ShutdownRequest.type)
    await this.connection.sendNotification(ExitNotification.type)
    return ended
  }
}

export function uriOf(path: string): string {
  return path.startsWith('untitled:') ? path : pathToFileURL(path).href
}

export const specs = join(import.meta.dirname, '../../specs')
