/** The language server of Distill: it is started, started again, and asked for pictures. */
import { dirname } from 'node:path'
import { type Disposable, window, workspace } from 'vscode'
import { LanguageClient, TransportKind } from 'vscode-languageclient/node'
import type { Drawing, NotDrawn } from '../../../src/language/drawing.ts'
import type { DrawingParams } from '../../../src/language-server/drawing-request.ts'
import { startOf, toolFor } from './tool.ts'

/** Until it has started, what is wrong is said by `Server`, with the remedy. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown, showNotification?: boolean | 'force'): void {
    super.error(message, data, this.isRunning() && showNotification)
  }
}

/** Milliseconds that a server has to end. */
const patience = 5_000

export class Server implements Disposable {
  private client: LanguageClient | undefined

  /** Ends a server that runs, since it may be another one now. */
  async start(): Promise<void> {
    await this.stop()
    // Nothing of a folder is started before the user trusts it.
    if (!workspace.isTrusted) return
    const folder = folderOfWorkspace()
    const tool = toolFor(folder)
    const { command, shell } = startOf(tool)
    const client = new Client(
      'distill',
      'Distill',
      {
        command,
        args: [...tool.arguments, 'language-server', '--stdio'],
        transport: TransportKind.stdio,
        options: { cwd: folder, shell },
      },
      {
        documentSelector: ['file', 'untitled'].map((scheme) => ({ scheme, language: 'distill' })),
        initializationFailedHandler: () => false,
      },
    )
    this.client = client
    try {
      await client.start()
    } catch {
      this.client = undefined
      const words = [tool.command, ...tool.arguments].join(' ')
      const choice = await window.showErrorMessage(
        `Distill's language server did not start: ${words}. Install Distill in ${folder} (npm install --save-dev distill), or set distill.path.`,
        'Show Output',
      )
      if (choice !== undefined) client.outputChannel.show()
    }
  }

  /** The picture of a stage, of the text as it is now. */
  async drawing(params: DrawingParams): Promise<Drawing | NotDrawn> {
    if (!this.client?.isRunning()) return { reason: 'the language server does not run' }
    return this.client.sendRequest('distill/graph', params)
  }

  async stop(): Promise<void> {
    const { client } = this
    this.client = undefined
    try {
      await client?.dispose(patience)
    } catch {
      // It did not end in time, or never began. The client kills its process.
    }
  }

  dispose(): void {
    void this.stop()
  }
}

function folderOfWorkspace(): string {
  const [first] = workspace.workspaceFolders ?? []
  if (first) return first.uri.fsPath
  const active = window.activeTextEditor?.document.uri
  return active?.scheme === 'file' ? dirname(active.fsPath) : process.cwd()
}
