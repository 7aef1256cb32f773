/** `distill language-server --stdio` answers an editor by the Language Server Protocol. */
import type { Command } from 'commander'
import { version } from '../../disk/manifest.ts'
import { serve } from '../../language-server/serve.ts'

export function register(program: Command): void {
  program
    .command('language-server')
    .description('answer an editor: problems, definitions, names, layout')
    .requiredOption('--stdio', 'speak over standard input and output')
    .action(async () => {
      const { createConnection, StreamMessageReader, StreamMessageWriter } = await import(
        'vscode-languageserver/node'
      )
      const reader = new StreamMessageReader(process.stdin)
      serve(createConnection(reader, new StreamMessageWriter(process.stdout)), version())
    })
}
