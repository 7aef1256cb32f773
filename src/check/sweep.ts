/**
 * `sweep { rate = [1e-4, 3e-4], task = ["a", "b"] }`: training runs with all combinations of these values.
 * Each value is checked against the type of its setting. The spec is checked with each combination in
 * combinations.ts.
 */

import { repeatedSetting, repeatedSweepValue, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { tooManyCombinations } from '../diagnostics/messages/stages.ts'
import type { SetEntry, SettingDeclaration, SweepDeclaration } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import { describe, readEntries } from './entries.ts'
import type { SweptSetting } from './program.ts'
import { fileScope } from './scope.ts'
import type { Value } from './values.ts'

/** The swept settings in order; empty without a sweep. */
export function checkSweep(checker: Checker): SweptSetting[] {
  const [sweep, second] = checker.spec.tree.declarations.filter(
    (declaration): declaration is SweepDeclaration => declaration.kind === 'sweep',
  )
  if (!sweep) return []
  if (second) checker.report(repeatedSetting({ span: second.span, name: 'sweep', first: sweep.span }))
  const settings = settingsOf(checker)
  const { settings: entries } = readEntries(checker, sweep.body, {
    place: 'value',
    where: 'this spec',
    settings: [...settings.keys()],
  })
  const swept = [...entries].flatMap(([name, entry]) => {
    const setting = settings.get(name)
    const values = setting && sweptValues(checker, entry, setting)
    return values ? [{ name, values }] : []
  })
  const count = swept.reduce((product, { values }) => product * values.length, 1)
  if (count <= limits.combinations) return swept
  checker.report(tooManyCombinations({ span: sweep.span, count, most: limits.combinations }))
  return []
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
): readonly string[] | undefined {
  const name = entry.name.text
  const wrong = (span: Expression['span'], expected: string, found: string): undefined => {
    const help = `sweep { ${name} = [${checker.text(setting.value.span)}, ...] }`
    checker.report(wrongSettingValue({ span, name, expected, found, help }))
    return undefined
  }
  if (entry.value.kind !== 'list') return wrong(entry.value.span, 'a list of values', describe(entry.value))
  if (entry.value.items.length === 0) return wrong(entry.value.span, 'at least one value', 'an empty list')
  const declared = checker.evaluate(setting.value, fileScope(checker.spec))
  if (declared.kind === 'poison') return undefined
  const texts = new Map<string, Expression>()
  let sound = true
  for (const item of entry.value.items) {
    const value = checker.evaluate(item, fileScope(checker.spec))
    if (value.kind !== declared.kind) {
      if (value.kind !== 'poison') wrong(item.span, kindName(declared), describe(item))
      sound = false
      continue
    }
    const text = value.kind === 'string' ? value.value : checker.text(item.span).replace(/\s+/g, ' ')
    const first = texts.get(text)
    if (first)
      checker.report(repeatedSweepValue({ span: item.span, name, value: describe(item), first: first.span }))
    else texts.set(text, item)
  }
  return sound ? [...texts.keys()] : undefined
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
