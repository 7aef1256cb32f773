/**
 * `distill check SPEC` prints all diagnostics of a spec and its files. `--explain CODE` prints the page of a
 * code.
 */
import type { Command } from 'commander'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unknownCode } from '../../diagnostics/messages/command-line.ts'
import { messages } from '../../diagnostics/messages/index.ts'
import { nothingWrong } from '../../diagnostics/render.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import { type Checked, checkSpec } from '../../library/check.ts'
import { requireSpec } from '../../library/open-spec.ts'
import { explanation } from '../explanation.ts'
import { collectSetting } from '../load-spec.ts'
import { exitCodeOf, exitCodes, printDiagnostics } from '../outcome.ts'
import { print, say } from '../output.ts'

export function register(program: Command): void {
  program
    .command('check')
    .description(
      'report every mistake and every likely slip in a spec and its files, each with its place and a fix',
    )
    .argument('[spec]', 'a .distill file')
    .option('--json', 'diagnostics as JSON on standard output')
    .option('--no-files', 'open none of the data and weights that the spec names')
    .option('--explain <code>', 'explain an error code, such as E0312')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .action(async (spec: string | undefined, options: CheckFlags) => {
      if (options.explain !== undefined) return explainCode(options.explain)
      if (spec === undefined)
        return program.error("error: missing required argument 'spec'", { exitCode: exitCodes.usage })
      const { diagnostics, sources, remarks, students } = await checkSpec(spec, {
        settings: options.set,
        files: options.files,
      })
      const json = options.json ?? false
      if (!json) requireSpec(spec, diagnostics)
      printDiagnostics(diagnostics, sources, { file: spec, json })
      if (!json && diagnostics.some(({ code }) => missingCodes.includes(code)))
        say(`files may come later: \`distill check --no-files ${spec}\` checks the spec alone\n`)
      for (const remark of remarks) say(`${remark}\n`)
      process.exitCode = exitCodeOf(diagnostics)
      if (diagnostics.length === 0 && !json) say(nothingWrong(spec, options.files))
      if (!json && process.exitCode === exitCodes.fine) await printExports(students)
    })
}

/** Codes of missing data, tokenizers and weights. */
const missingCodes: readonly string[] = ['E0801', 'E0808', 'E0912']

interface CheckFlags {
  readonly json?: boolean
  readonly files: boolean
  readonly explain?: string
  readonly set?: Record<string, string>
}

async function printExports(students: Checked['students']): Promise<void> {
  const { exportLines } = await import('../../huggingface/exportable.ts')
  const models = Object.entries(students).map(([name, { exports_as }]) => [name, exports_as] as const)
  for (const line of exportLines(models)) say(`${line}\n`)
}

function explainCode(code: string): void {
  const codes = messages.map((message) => message.code)
  const written = code.toUpperCase()
  if (!codes.includes(written)) {
    const similar = suggest(written, codes)
    throw new DiagnosticError(unknownCode({ code, ...(similar ? { similar } : {}) }))
  }
  print(explanation(written))
}
