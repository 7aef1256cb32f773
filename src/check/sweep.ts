/**
 * `sweep { rate = [1e-4, 3e-4], task = ["a", "b"] }`: training runs with all combinations of these values.
 * Each value is checked against the type of its setting. The spec is checked with each combination in
 * combinations.ts.
 */

import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { SetEntry, SettingDeclaration, SweepDeclaration } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { describe, readEntries } from './entries.ts'
import type { SweptSetting } from './program.ts'
import type { Value } from './values.ts'

/** A setting with the values that a sweep lists, as far as they could be evaluated. */
export interface SweptValues {
  readonly name: string
  readonly values: readonly { readonly text: string; readonly item: Expression }[]
}

/** The sweeps that the spec declares; one at most is right. */
export function sweepDeclarations(checker: Checker): SweepDeclaration[] {
  return checker.spec.tree.declarations.filter((declaration) => declaration.kind === 'sweep')
}

/** The swept settings in order; empty without a sweep. */
export function evaluateSweep(checker: Checker): SweptValues[] {
  const [sweep] = sweepDeclarations(checker)
  if (!sweep) return []
  const settings = settingsOf(checker)
  const { settings: entries } = readEntries(checker, sweep.body, {
    kind: 'sweep',
    place: 'value',
    where: 'this spec',
    settings: [...settings.keys()],
  })
  return [...entries].flatMap(([name, entry]) => {
    const setting = settings.get(name)
    const values = setting && sweptValues(checker, entry, setting)
    return values ? [{ name, values }] : []
  })
}

/** As the program has them. */
export function sweptSettings(sweep: readonly SweptValues[]): SweptSetting[] {
  return sweep.map(({ name, values }) => ({ name, values: values.map(({ text }) => text) }))
}

/** The settings that the spec itself declares, which `--set` can replace. */
function settingsOf(checker: Checker): Map<string, SettingDeclaration> {
  return new Map(
    checker.spec.tree.declarations.flatMap((declaration) =>
      declaration.kind === 'setting' ? [[declaration.name.text, declaration] as const] : [],
    ),
  )
}

function sweptValues(
  checker: Checker,
  entry: SetEntry,
  setting: SettingDeclaration,
): SweptValues['values'] | undefined {
  const name = entry.name.text
  const wrong = (span: Expression['span'], expected: string, found: string): undefined => {
    const help = `sweep { ${name} = [${checker.text(setting.value.span)}, ...] }`
    checker.report(wrongSettingValue({ span, name, expected, found, help }))
    return undefined
  }
  if (entry.value.kind !== 'list') return wrong(entry.value.span, 'a list of values', describe(entry.value))
  if (entry.value.items.length === 0) return wrong(entry.value.span, 'at least one value', 'an empty list')
  const declared = checker.evaluate(setting.value, checker.scope())
  if (declared.kind === 'poison') return undefined
  const values: { readonly text: string; readonly item: Expression }[] = []
  for (const item of entry.value.items) {
    const value = checker.evaluate(item, checker.scope())
    if (value.kind === declared.kind) {
      const text = value.kind === 'string' ? value.value : checker.text(item.span).replace(/\s+/g, ' ')
      values.push({ text, item })
    } else if (value.kind !== 'poison') wrong(item.span, kindName(declared), describe(item))
  }
  return values.length === entry.value.items.length ? values : undefined
}

function kindName(value: Value): string {
  const names: { readonly [kind: string]: string } = {
    string: 'a text',
    boolean: 'a condition',
    quantity: 'epochs or steps',
    size: 'a size such as 2GiB',
  }
  return names[value.kind] ?? `a ${value.kind}`
}
