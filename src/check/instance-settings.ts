/** What a teacher or student says beside its heads and initialisation: dropout and precision. */
import { E0110 } from '../diagnostics/messages/E0110.ts'
import { E0118 } from '../diagnostics/messages/E0118.ts'
import { E0201 } from '../diagnostics/messages/E0201.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Entry } from '../syntax/ast.ts'
import type { Core } from './core.ts'
import type { ModelInstance as CheckedInstance } from './program.ts'
import type { Instance } from './values.ts'

const known = ['weights', 'heads', 'init', 'dropout', 'precision']
const precisions = ['float32', 'bf16', 'int8', 'auto'] as const

export interface InstanceSettings {
  /** `dropout = on`: active although frozen, as published TinyBERT has its teacher. */
  readonly dropout: boolean
  readonly precision: CheckedInstance['precision']
}

export function instanceSettings(core: Core, instance: Instance): InstanceSettings {
  let dropout = false
  let precision: InstanceSettings['precision'] = 'auto'
  const seen = new Map<string, Entry>()
  for (const entry of instance.declaration?.body.items ?? []) {
    const name = nameOf(entry)
    const span = 'name' in entry ? entry.name.span : entry.span
    if (!known.includes(name)) {
      core.report(E0118({ span, name, role: instance.role, similar: suggest(name, known) }))
      continue
    }
    const first = seen.get(name)
    if (first && name !== 'heads' && name !== 'init') core.report(E0201({ span, name, first: first.span }))
    seen.set(name, entry)
    if (entry.kind !== 'set') continue
    if (name === 'dropout') dropout = word(core, entry, ['on', 'off'] as const) === 'on'
    if (name === 'precision') precision = word(core, entry, precisions) ?? 'auto'
  }
  return { dropout, precision }
}

function nameOf(entry: Entry): string {
  if (entry.kind === 'set' || entry.kind === 'block') return entry.name.text
  return entry.kind
}

/** One of some words, which mean something only here; undefined after reporting. */
function word<Word extends string>(
  core: Core,
  entry: Extract<Entry, { kind: 'set' }>,
  words: readonly Word[],
): Word | undefined {
  const { value } = entry
  const found = words.find((candidate) => value.kind === 'name' && value.name === candidate)
  if (found === undefined)
    core.report(
      E0110({ span: value.span, wanted: words.join(' or '), found: `\`${core.text(value.span)}\`` }),
    )
  return found
}
