/** Settings of a teacher or student beside its heads and initial values: dropout, precision and fidelity. */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { boundTwice } from '../diagnostics/messages/models.ts'
import { wrongKind } from '../diagnostics/messages/names.ts'
import { settingOutOfRange, unknownModelSetting } from '../diagnostics/messages/settings.ts'
import type { Entry, SetEntry } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import { numberOf } from './extract.ts'
import { instanceWords } from './heads.ts'
import type { ModelInstance as CheckedInstance } from './program.ts'
import type { Instance } from './values.ts'

const precisions = ['float32', 'bf16', 'int8', 'auto'] as const

/** `dropout = on` keeps dropout active in a frozen model, as published TinyBERT does for its teacher. */
export type InstanceSettings = Pick<CheckedInstance, 'dropout' | 'precision' | 'fidelity'>

export function instanceSettings(checker: Checker, instance: Instance): InstanceSettings {
  let dropout = false
  let precision: InstanceSettings['precision'] = 'float32'
  let fidelity: number | undefined
  const seen = new Map<string, Entry>()
  const body = instance.declaration?.body
  if (body)
    checker.uses?.blocks.push({
      kind: 'instance',
      span: body.span,
      settings: instanceWords.filter((name) => name !== 'heads' && name !== 'init'),
      others: ['heads', 'init'],
    })
  for (const entry of body?.items ?? []) {
    const name = nameOf(entry)
    const span = 'name' in entry ? entry.name.span : entry.span
    if (!instanceWords.includes(name)) {
      const hint = hintFor(name, instanceWords, 'instance')
      checker.report(unknownModelSetting({ span, name, role: instance.role, hint }))
      continue
    }
    const first = seen.get(name)
    if (first && name !== 'heads' && name !== 'init')
      checker.report(boundTwice({ span, name, first: first.span }))
    seen.set(name, entry)
    if (entry.kind !== 'set') continue
    if (name === 'dropout') dropout = word(checker, entry, ['on', 'off'] as const) === 'on'
    if (name === 'precision') precision = word(checker, entry, precisions) ?? 'float32'
    if (name === 'fidelity') fidelity = shareOf(checker, entry, instance)
  }
  return { dropout, precision, ...(fidelity === undefined ? {} : { fidelity }) }
}

/** The place where an instance sets `precision = int8`. */
export function int8Setting({ declaration }: Instance): Span | undefined {
  const said = declaration?.body.items.find(
    (item) =>
      item.kind === 'set' &&
      item.name.text === 'precision' &&
      item.value.kind === 'name' &&
      item.value.name === 'int8',
  )
  return said?.span
}

function nameOf(entry: Entry): string {
  if (entry.kind === 'set' || entry.kind === 'block') return entry.name.text
  return entry.kind
}

/** A number from 0 to 1; undefined after reporting. */
function shareOf(checker: Checker, { name, value }: SetEntry, { file }: Instance): number | undefined {
  const scope = checker.scope(file)
  const share = numberOf(checker, checker.evaluate(value, scope), value.span, scope, name.text)
  if (share === undefined || (share >= 0 && share <= 1)) return share
  checker.report(
    settingOutOfRange({ span: value.span, name: name.text, value: String(share), limits: 'between 0 and 1' }),
    scope,
  )
  return undefined
}

/** One of these words, which have a meaning only here; undefined after reporting. */
function word<Word extends string>(
  checker: Checker,
  entry: SetEntry,
  words: readonly Word[],
): Word | undefined {
  const { value } = entry
  const found = words.find((candidate) => value.kind === 'name' && value.name === candidate)
  if (found === undefined)
    checker.report(
      wrongKind({ span: value.span, wanted: words.join(' or '), found: `\`${checker.text(value.span)}\`` }),
    )
  return found
}

/** Whether every binding and head could be evaluated. */
export function isComplete(instance: Instance | undefined): boolean {
  if (instance === undefined || instance.broken || instance.failedHeads.size > 0) return false
  return instance.bindings().every(({ value }) => value?.kind !== 'poison')
}
