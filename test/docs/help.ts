import { join } from 'node:path'
import { Command } from 'commander'
import { root } from './prose.ts'

/** What `distill NAME --help` prints, with the text behind the options. */
export async function helpOf(name: string): Promise<string> {
  const module: { register(program: Command): void } = await import(
    join(root, 'src/cli/commands', `${name}.ts`)
  )
  const program = new Command()
  module.register(program)
  const [command] = program.commands
  if (command === undefined) throw new Error(`${name} registers no command`)
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}
