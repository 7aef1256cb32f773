/** Checks a spec and the files that it names. */
import { type CheckResult, check } from '../check/check.ts'
import { type Combination, inCombination, wrongCombination } from '../check/combinations.ts'
import type { Program } from '../check/program.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import type { Exportable } from '../huggingface/exportable.ts'
import type { InputCheck } from '../train/check-inputs.ts'

export interface CheckOptions {
  /** In place of those of the spec. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** Whether the data and weights that the spec names are opened (default: true). */
  readonly files?: boolean | undefined
}

export interface StudentCheck {
  readonly exports_as: Exportable
}

export interface Checked extends Pick<CheckResult, 'diagnostics' | 'sources'> {
  /** None where the spec itself is wrong. */
  readonly students: Readonly<Record<string, StudentCheck>>
  /** Remarks about files that were read only in part. */
  readonly remarks: readonly string[]
}

/**
 * Files are checked if the spec itself has no errors. For a sweep, they are checked with each combination.
 * Never throws for what a user wrote.
 */
export async function checkSpec(
  spec: string,
  { settings: given, files = true }: CheckOptions = {},
): Promise<Checked> {
  // Readers of data take time to load.
  const readLabels = files ? (await import('../data/read-labels.ts')).labelReader() : undefined
  const options = {
    files: filesOnDisk,
    ...(given ? { settings: given } : {}),
    ...(readLabels ? { readLabels } : {}),
  }
  const result = check(spec, options)
  const { program, diagnostics, sources } = result
  if (!program) return { diagnostics, sources, remarks: [], students: {} }
  const found = files
    ? new FoundInFiles(new (await import('../train/check-inputs.ts')).InputCheck())
    : undefined
  const wrong = wrongCombination(spec, program.sweep, options, (combined, combination) => {
    found?.check(combined, combination)
  })
  if (wrong) return { ...wrong, remarks: [], students: {} }
  if (program.sweep.length === 0) found?.check(program, {})
  return {
    diagnostics: [...diagnostics, ...(found?.diagnostics() ?? [])],
    sources,
    remarks: [...(found?.remarks ?? [])],
    students: files ? await studentsOf(program) : {},
  }
}

/** Of a sweep: with the values that its settings are declared with. */
async function studentsOf({ instances }: Program): Promise<Checked['students']> {
  const { exportable } = await import('../huggingface/exportable.ts')
  const students = [...instances.values()].filter(({ role }) => role === 'student')
  return Object.fromEntries(
    students.map((student) => [student.name, { exports_as: exportable(student, filesOnDisk) }]),
  )
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
