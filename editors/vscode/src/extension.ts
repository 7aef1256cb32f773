/** Distill in VS Code: the language server, and the commands of package.json. */
import { commands, type ExtensionContext, window, workspace } from 'vscode'
import { GraphPanel } from './graph-panel.ts'
import { showReport } from './report.ts'
import { Server } from './server.ts'
import { addressOf, savedSpec } from './spec.ts'
import { runInTerminal } from './terminal.ts'

export async function activate({ subscriptions }: ExtensionContext): Promise<void> {
  const server = new Server()
  const graph = new GraphPanel((params) => server.drawing(params))
  const command = (name: string, run: (...given: readonly unknown[]) => Promise<unknown>) =>
    commands.registerCommand(name, async (...given: readonly unknown[]) => {
      if (workspace.isTrusted) await run(...given)
      else void window.showErrorMessage('Distill runs commands only in a workspace that you trust.')
    })
  const inTerminal = (name: string) => async (uri: unknown, stage: unknown) => {
    const spec = await savedSpec(uri)
    if (spec) await runInTerminal(name, spec, stageOption(stage))
  }
  subscriptions.push(
    server,
    graph,
    command('distill.check', (uri) => inTerminal('check')(uri, undefined)),
    command('distill.explain', (uri) => inTerminal('explain')(uri, undefined)),
    command('distill.train', inTerminal('train')),
    command('distill.graph', async (uri, stage) => {
      const address = addressOf(uri)
      if (address) await graph.show(address, typeof stage === 'string' ? stage : undefined)
      else void window.showErrorMessage('Open a .distill file first.')
    }),
    command('distill.report', async (uri) => {
      const spec = await savedSpec(uri)
      if (spec) await showReport(spec)
    }),
    command('distill.restart', () => server.start()),
    workspace.onDidGrantWorkspaceTrust(() => server.start()),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('distill.path')) void server.start()
    }),
  )
  await server.start()
}

/** A menu gives other things than a stage in its place. */
function stageOption(stage: unknown): readonly string[] {
  return typeof stage === 'string' ? ['--stage', stage] : []
}
