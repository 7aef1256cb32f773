/**
 * `distill check SPEC` prints all diagnostics of a spec and its files. `--explain CODE` prints the page of a
 * code.
 */
import type { Command } from 'commander'
import { type CheckResult, checkFile } from '../../check/check.ts'
import { type Combination, inCombination, wrongCombination } from '../../check/combinations.ts'
import type { Program } from '../../check/program.ts'
import { type Diagnostic, DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unknownCode } from '../../diagnostics/messages/command-line.ts'
import { messages } from '../../diagnostics/messages/index.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import type { Exportable } from '../../huggingface/exportable.ts'
import type { InputCheck } from '../../train/check-inputs.ts'
import { explanation } from '../explanation.ts'
import { collectSetting, requireSpec } from '../load-spec.ts'
import { exitCodeOf, exitCodes, printDiagnostics } from '../outcome.ts'

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
      const { diagnostics, sources, remarks, students } = await checkSpec(spec, options)
      const json = options.json ?? false
      if (!json) requireSpec(spec, diagnostics)
      printDiagnostics(diagnostics, sources, { file: spec, json, beside: { students } })
      if (!json && diagnostics.some(({ code }) => missingCodes.includes(code)))
        process.stderr.write(
          `files may come later: \`distill check --no-files ${spec}\` checks the spec alone\n`,
        )
      for (const remark of remarks) process.stderr.write(`${remark}\n`)
      process.exitCode = exitCodeOf(diagnostics)
      if (diagnostics.length === 0 && !json)
        process.stderr.write(`${spec}: nothing wrong${options.files ? '' : '; its files were not opened'}\n`)
      if (!json && process.exitCode === exitCodes.fine) await printExports(students)
    })
}

/** Codes of missing data, tokenizers and weights. */
const missingCodes: readonly string[] = ['E0801', 'E0808', 'E0912']

interface StudentCheck {
  readonly exports_as: Exportable
}

interface CheckFlags {
  readonly json?: boolean
  readonly files: boolean
  readonly explain?: string
  readonly set?: Record<string, string>
}

interface Checked extends Pick<CheckResult, 'diagnostics' | 'sources'> {
  /** None where the spec itself is wrong. */
  readonly students: Readonly<Record<string, StudentCheck>>
  /** Remarks about files that were read only in part. */
  readonly remarks: readonly string[]
}

/**
 * Files are checked if the spec itself has no errors. For a sweep, they are checked with each combination.
 */
async function checkSpec(spec: string, { set, files }: CheckFlags): Promise<Checked> {
  const settings = set ? { settings: set } : {}
  const result = checkFile(spec, settings)
  const { program, diagnostics, sources } = result
  if (!program) return { diagnostics, sources, remarks: [], students: {} }
  // Loaded here, because readers of data and weights take time to load.
  const found = files
    ? new FoundInFiles(new (await import('../../train/check-inputs.ts')).InputCheck())
    : undefined
  const wrong = wrongCombination(spec, program.sweep, settings, (combined, combination) => {
    found?.check(combined, combination)
  })
  if (wrong) return { ...wrong, remarks: [], students: {} }
  if (program.sweep.length === 0) found?.check(program, {})
  return {
    diagnostics: [...diagnostics, ...(found?.diagnostics() ?? [])],
    sources,
    remarks: [...(found?.remarks ?? [])],
    students: await studentsOf(program),
  }
}

/** Of a sweep: with the values that its settings are declared with. */
async function studentsOf({ instances }: Program): Promise<Checked['students']> {
  const { exportable } = await import('../../huggingface/exportable.ts')
  const students = [...instances.values()].filter(({ role }) => role === 'student')
  return Object.fromEntries(students.map((student) => [student.name, { exports_as: exportable(student) }]))
}

async function printExports(students: Checked['students']): Promise<void> {
  const { exportText } = await import('../../huggingface/exportable.ts')
  for (const [name, { exports_as }] of Object.entries(students))
    process.stderr.write(`${exportText(name, exports_as)}\n`)
}

class FoundInFiles {
  readonly remarks = new Set<string>()
  private readonly inputs: InputCheck
  private readonly found = new Map<
    string,
    { readonly diagnostic: Diagnostic; readonly with: Combination[] }
  >()
  private combinations = 0

  constructor(inputs: InputCheck) {
    this.inputs = inputs
  }

  check(program: Program, combination: Combination): void {
    const { diagnostics, remarks } = this.inputs.check(program)
    this.combinations++
    for (const remark of remarks) this.remarks.add(remark)
    for (const diagnostic of diagnostics) {
      const key = JSON.stringify(diagnostic)
      const known = this.found.get(key) ?? { diagnostic, with: [] }
      known.with.push(combination)
      this.found.set(key, known)
    }
  }

  /** A diagnostic that only some combinations have names the first of them. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.found.values()].map(({ diagnostic, with: [first, ...others] }) =>
      first === undefined || others.length + 1 === this.combinations
        ? diagnostic
        : inCombination(diagnostic, first),
    )
  }
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
