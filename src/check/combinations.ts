/** All combinations of a sweep's values, and the check of the spec with each. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type CheckOptions, type CheckResult, check } from './check.ts'
import type { Program, SweptSetting } from './program.ts'

/** Settings by name, as `--set` takes them. */
export type Combination = Readonly<Record<string, string>>

/** The last setting changes fastest. Without a sweep there is one combination, which is empty. */
export function combinationsOf(swept: readonly SweptSetting[]): Combination[] {
  return swept.reduce<Combination[]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}

/**
 * Checks the spec with each combination. Returns the diagnostics of the first combination that has errors,
 * with its values in their messages. Undefined where all are right.
 * @param right is called with the program of each combination that has no error
 */
export function wrongCombination(
  path: string,
  swept: readonly SweptSetting[],
  options: CheckOptions,
  right: (program: Program, combination: Combination) => void = () => {},
): CheckResult | undefined {
  if (swept.length === 0) return undefined
  for (const combination of combinationsOf(swept)) {
    const result = check(path, { ...options, settings: { ...options.settings, ...combination } })
    if (result.program === undefined) {
      const diagnostics = result.diagnostics.map((diagnostic) => inCombination(diagnostic, combination))
      return { ...result, diagnostics }
    }
    right(result.program, combination)
  }
  return undefined
}

/** The diagnostic with the combination that causes it. */
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
