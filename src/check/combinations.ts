/** Every combination of the values that a sweep lists, and whether the spec is right with each. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type CheckOptions, type CheckResult, checkFile } from './check.ts'
import type { Program, SweptSetting } from './program.ts'

/** Settings by name, as `--set` takes them. */
export type Combination = Readonly<Record<string, string>>

/** The last setting changes fastest. One empty combination where nothing is swept. */
export function combinationsOf(swept: readonly SweptSetting[]): Combination[] {
  return swept.reduce<Combination[]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}

/**
 * Checks the spec with each combination. Gives the first that has errors, which say with which values they come about; undefined where the spec is right
 * with all.
 * @param right is given the program of each combination that is right
 */
export function wrongCombination(
  path: string,
  swept: readonly SweptSetting[],
  options: CheckOptions = {},
  right: (program: Program, combination: Combination) => void = () => {},
): CheckResult | undefined {
  if (swept.length === 0) return undefined
  for (const combination of combinationsOf(swept)) {
    const result = checkFile(path, { ...options, settings: { ...options.settings, ...combination } })
    if (result.program === undefined) {
      const diagnostics = result.diagnostics.map((diagnostic) => inCombination(diagnostic, combination))
      return { ...result, diagnostics }
    }
    right(result.program, combination)
  }
  return undefined
}

/** The diagnostic with the values that it comes about with. */
export function inCombination(diagnostic: Diagnostic, combination: Combination): Diagnostic {
  const when = `so it is where the sweep takes ${combinationText(combination)}`
  return { ...diagnostic, help: diagnostic.help === undefined ? when : `${diagnostic.help}\n${when}` }
}

/** `rate = 1e-4, task = a` */
export function combinationText(combination: Combination): string {
  return Object.entries(combination)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}
