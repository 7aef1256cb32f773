/**
 * The language service for editors, by the Language Server Protocol. One publication of problems for each
 * version of a text, with all that is wrong in it.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  type ClientCapabilities,
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { DataSpec } from '../check/program.ts'
import { findFiles } from '../data/find-files.ts'
import { readTable } from '../data/read-table.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { colourModifiers, colours } from '../language/colours.ts'
import { lensCommands, resolved, type StageAsked } from '../language/lenses.ts'
import { LanguageService } from '../language/service.ts'
import { answerDrawings } from './drawing-request.ts'
import { StageCosts } from './stage-costs.ts'

const capabilities: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  hoverProvider: true,
  completionProvider: { triggerCharacters: ['.'] },
  inlayHintProvider: true,
  semanticTokensProvider: {
    legend: { tokenTypes: [...colours], tokenModifiers: [...colourModifiers] },
    full: true,
  },
  codeLensProvider: { resolveProvider: true },
  executeCommandProvider: { commands: [lensCommands.switchSetting] },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.SourceFixAll] },
  renameProvider: { prepareProvider: true },
}

/** A text that is no file yet has its address in place of a path. */
export function pathOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri
}

function uriOf(path: string): string {
  return /^[a-z][\w+.-]+:/i.test(path) ? path : pathToFileURL(path).href
}

/** Buttons of a question. */
const mostChoices = 24

/** Of the first training file, by its beginning. */
function columnsOf({ train = [], format }: DataSpec): readonly string[] {
  if (format === 'text' || format === 'conll' || format === 'squad') return []
  try {
    const [file] = train.flatMap(({ path }) => findFiles(path))
    return file === undefined ? [] : readTable(file, format, { limit: headBytes }).columns
  } catch {
    // What is wrong with the file is said when it is read.
    return []
  }
}

const headBytes = 2 ** 16

/** Answers a client until it ends the connection. */
export function serve(connection: Connection, version: string): void {
  const service = new LanguageService({ files: filesOnDisk, uriOf, columns: columnsOf })
  const costs = new StageCosts(service.workspace)
  const documents = new TextDocuments(TextDocument)
  /** What was published of each file, by the spec that it was found in. */
  const published = new Map<string, readonly string[]>()

  let client: ClientCapabilities = {}

  const publish = (path: string): void => {
    const problems = service.problems(path)
    const before = published.get(path) ?? []
    published.set(path, [...problems.keys()])
    // A file that is open is checked by itself.
    for (const [file, diagnostics] of problems)
      if (file === path || !service.workspace.paths.includes(file)) send(file, [...diagnostics])
    for (const file of before)
      if (!problems.has(file) && !service.workspace.paths.includes(file)) send(file, [])
  }
  const send = (
    path: string,
    diagnostics: Parameters<Connection['sendDiagnostics']>[0]['diagnostics'],
  ): void => {
    const version = documents.get(uriOf(path))?.version
    void connection.sendDiagnostics({
      uri: uriOf(path),
      diagnostics,
      ...(version === undefined ? {} : { version }),
    })
  }
  const publishAll = (): void => service.workspace.paths.forEach(publish)

  /** Lets an editor that can do so ask for all else that it shows of a text. */
  const refresh = (): void => {
    const { inlayHint, semanticTokens, codeLens } = client.workspace ?? {}
    if (inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh()
    if (semanticTokens?.refreshSupport) void connection.languages.semanticTokens.refresh()
    if (codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type)
  }

  connection.onInitialize((params) => {
    client = params.capabilities
    return { capabilities, serverInfo: { name: 'distill', version } }
  })
  connection.onInitialized(() => {
    void connection.client
      .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*.distill' }] })
      // A client may not watch files; then what is open is all that changes.
      .catch(() => {})
  })
  documents.onDidChangeContent(({ document }) => {
    const path = pathOf(document.uri)
    service.workspace.set(path, document.getText())
    publish(path)
    // Others may import it.
    for (const other of service.workspace.paths)
      if (other !== path && service.workspace.check(other).files.some((file) => file.path === path))
        publish(other)
  })
  documents.onDidClose(({ document }) => {
    const path = pathOf(document.uri)
    service.workspace.close(path)
    for (const file of new Set([path, ...(published.get(path) ?? [])])) send(file, [])
    published.delete(path)
    publishAll()
  })
  connection.onDidChangeWatchedFiles(() => {
    service.workspace.refresh()
    publishAll()
  })

  connection.onDocumentSymbol(({ textDocument }) => [...service.outline(pathOf(textDocument.uri))])
  connection.onFoldingRanges(({ textDocument }) => [...service.folds(pathOf(textDocument.uri))])
  connection.onDocumentFormatting(({ textDocument }) => [...service.format(pathOf(textDocument.uri))])
  connection.onDefinition(({ textDocument, position }) => [
    ...service.definition(pathOf(textDocument.uri), position),
  ])
  connection.onReferences(({ textDocument, position, context }) => [
    ...service.references(pathOf(textDocument.uri), position, context.includeDeclaration),
  ])
  connection.onHover(
    ({ textDocument, position }) => service.hover(pathOf(textDocument.uri), position) ?? null,
  )
  connection.onCompletion(({ textDocument, position }) => [
    ...service.completions(pathOf(textDocument.uri), position),
  ])
  connection.onCodeAction(({ textDocument, range, context: { only } }) =>
    service
      .fixes(pathOf(textDocument.uri), range)
      .filter(({ kind = '' }) => only === undefined || only.some((asked) => kind.startsWith(asked))),
  )
  connection.languages.inlayHint.on(({ textDocument, range }) => [
    ...service.hints(pathOf(textDocument.uri), range),
  ])
  connection.languages.semanticTokens.on(({ textDocument }) => ({
    data: [...service.colours(pathOf(textDocument.uri))],
  }))
  connection.onCodeLens(({ textDocument }) => [...service.lenses(pathOf(textDocument.uri))])
  connection.onCodeLensResolve(async (lens, token) => {
    const asked: StageAsked = lens.data
    return resolved(lens, await costs.title(asked, () => !token.isCancellationRequested))
  })
  connection.onExecuteCommand(async ({ command, arguments: [uri, name] = [] }) => {
    if (command !== lensCommands.switchSetting) return
    const path = pathOf(String(uri))
    const choice = service.choices(path).find((one) => one.name === name)
    if (!choice) return
    const items = choice.values.slice(0, mostChoices).map((title) => ({ title }))
    const picked = await connection.window.showInformationMessage(
      `Check with ${choice.name} = ${choice.now}, or another value?`,
      ...items,
    )
    if (!picked) return
    service.workspace.choose(path, choice.name, picked.title === choice.written ? undefined : picked.title)
    publish(path)
    refresh()
  })
  connection.onPrepareRename(({ textDocument, position }) => {
    const place = service.renameable(pathOf(textDocument.uri), position)
    return 'reason' in place ? refusal(place.reason) : place
  })
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const outcome = service.rename(pathOf(textDocument.uri), position, newName)
    if ('reason' in outcome) return refusal(outcome.reason)
    return {
      changes: Object.fromEntries([...outcome.edits].map(([path, edits]) => [uriOf(path), [...edits]])),
    }
  })
  answerDrawings(connection, service.workspace, { uriOf, pathOf })
  documents.listen(connection)
  connection.listen()
}

/** What an editor shows in place of an answer. */
function refusal(reason: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidRequest, reason)
}
