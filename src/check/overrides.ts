/** `--set name=value` replaces a setting of the spec. The type of the value is that of the setting. */
import { nothingToSet, wrongSetValue } from '../diagnostics/messages/settings.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { parseSource } from '../syntax/build-ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { plainNames } from './resolve.ts'
import { fileScope } from './scope.ts'
import type { Value } from './values.ts'

export function applyOverrides(checker: Checker, settings: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(settings)) {
    const entry = checker.spec.names.get(name)
    if (entry?.declaration.kind !== 'setting' || entry.file !== checker.spec) {
      const known = [...checker.spec.names.values()]
        .filter(({ declaration }) => declaration.kind === 'setting')
        .map((other) => other.name)
      checker.report(nothingToSet({ name, similar: suggest(name, known), known }))
      continue
    }
    const declared = checker.evaluate(entry.declaration.value, fileScope(checker.spec))
    const value = override(checker, name, text, declared)
    if (value) checker.overrides.set(entry.declaration, value)
  }
}

function override(checker: Checker, name: string, text: string, declared: Value): Value | undefined {
  const file = `--set ${name}=${text}`
  if (declared.kind === 'string') return { ...declared, value: text }
  if (declared.kind === 'poison') return undefined
  const { tree, diagnostics } = parseSource(file, `setting ${name} = ${text}`)
  const [declaration] = tree.declarations
  const readable =
    diagnostics.length === 0 && tree.declarations.length === 1 && declaration?.kind === 'setting'
  // An unknown word is not a misspelt name here. It is a value of another type.
  if (readable && !isUnknownWord(checker, declaration.value)) {
    checker.sources.set(file, `setting ${name} = ${text}`)
    const value = checker.evaluate(declaration.value, fileScope(checker.spec))
    if (value.kind === declared.kind)
      return value.kind === 'number' ? { kind: 'number', value: value.value } : value
    if (value.kind === 'poison') return undefined
  }
  const wanted =
    declared.kind === 'number'
      ? 'a number'
      : declared.kind === 'boolean'
        ? 'a condition'
        : `a ${declared.kind}`
  checker.report(wrongSetValue({ name, text, wanted }))
  return undefined
}

function isUnknownWord(checker: Checker, value: Expression): boolean {
  return value.kind === 'name' && !checker.spec.names.has(value.name) && !plainNames.has(value.name)
}
