/** Every combination of the values that a sweep lists, and whether the spec is right with each. */
import { type CheckOptions, type CheckResult, checkFile } from './check.ts'
import type { SweptSetting } from './program.ts'

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
 */
export function wrongCombination(
  path: string,
  swept: readonly SweptSetting[],
  options: CheckOptions = {},
): CheckResult | undefined {
  if (swept.length === 0) return undefined
  for (const combination of combinationsOf(swept)) {
    const result = checkFile(path, { ...options, settings: { ...options.settings, ...combination } })
    if (result.program !== undefined) continue
    const when = `so it is where the sweep takes ${combinationText(combination)}`
    const diagnostics = result.diagnostics.map((diagnostic) => ({
      ...diagnostic,
      help: diagnostic.help === undefined ? when : `${diagnostic.help}\n${when}`,
    }))
    return { ...result, diagnostics }
  }
  return undefined
}

/** `rate = 1e-4, task = a` */
export function combinationText(combination: Combination): string {
  return Object.entries(combination)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}
