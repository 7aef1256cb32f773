/** `distill new SPEC --from FOLDER` writes a first spec for the folder of a published model. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { cannotWrite } from '../../diagnostics/messages/weights.ts'
import { newSpec } from '../../huggingface/new-spec.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import { printSource } from '../../syntax/print.ts'
import { writeAtomically } from '../../weights/atomic-write.ts'

export function register(program: Command): void {
  program
    .command('new')
    .description('write a first spec for the folder of a published model')
    .argument('<spec>', 'the .distill file to write')
    .requiredOption('--from <folder>', 'a folder of transformers: config.json, weights and vocabulary')
    .action((spec: string, { from }: { from: string }) => {
      if (!spec.endsWith('.distill'))
        throw new DiagnosticError(
          wrongFlagValue({ flag: 'the spec', value: spec, expected: 'a name that ends in .distill' }),
        )
      if (existsSync(spec))
        throw new DiagnosticError(
          cannotWrite({ path: spec, reason: 'it is there already; name another file' }),
        )
      const { text, notes } = newSpec(from, spec)
      writeAtomically(spec, [Buffer.from(printSource(parseSource(spec, text).tree))])
      for (const note of notes) process.stderr.write(`note: ${note}\n`)
      process.stdout.write(`${spec}\n`)
    })
}
