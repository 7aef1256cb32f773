/** `distill check SPEC`: all diagnostics of a spec at once; `--explain CODE` says what a code means. */
import type { Command } from 'commander'
import { type CheckResult, checkFile } from '../../check/check.ts'
import { wrongCombination } from '../../check/combinations.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unknownCode } from '../../diagnostics/messages/command-line.ts'
import { messages } from '../../diagnostics/messages/index.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import { knownDisagreements } from '../../train/weight-folders.ts'
import { explanation } from '../explanation.ts'
import { collectSetting, requireSpec } from '../load-spec.ts'
import { exitCodeOf, exitCodes, printDiagnostics } from '../outcome.ts'

export function register(program: Command): void {
  program
    .command('check')
    .description('report every mistake and every likely slip in a spec, each with its place and a fix')
    .argument('[spec]', 'a .distill file')
    .option('--json', 'diagnostics as JSON on standard output')
    .option('--explain <code>', 'explain an error code, such as E0312')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .action(
      (
        spec: string | undefined,
        options: { json?: boolean; explain?: string; set?: Record<string, string> },
      ) => {
        if (options.explain !== undefined) return explainCode(options.explain)
        if (spec === undefined)
          return program.error("error: missing required argument 'spec'", { exitCode: exitCodes.usage })
        const settings = options.set ? { settings: options.set } : {}
        const result = checkFile(spec, settings)
        const { diagnostics, sources } =
          (result.program && wrongCombination(spec, result.program.sweep, settings)) ?? withFolders(result)
        if (!options.json) requireSpec(spec, diagnostics)
        printDiagnostics(diagnostics, sources, { file: spec, json: options.json ?? false })
        process.exitCode = exitCodeOf(diagnostics)
        if (diagnostics.length === 0 && !options.json) process.stderr.write(`${spec}: nothing wrong\n`)
      },
    )
}

/** A spec that is right by itself is compared with the folders of weights that it names, where they are here. */
function withFolders(result: CheckResult): CheckResult {
  const { program, diagnostics } = result
  return program ? { ...result, diagnostics: [...diagnostics, ...knownDisagreements(program)] } : result
}

function explainCode(code: string): void {
  const codes = messages.map((message) => message.code)
  const written = code.toUpperCase()
  if (!codes.includes(written)) {
    const similar = suggest(written, codes)
    throw new DiagnosticError(unknownCode({ code, ...(similar ? { similar } : {}) }))
  }
  process.stdout.write(explanation(written))
}
