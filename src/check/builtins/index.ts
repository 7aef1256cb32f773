/** Every built-in function by name. */
import type { BuiltinDefinition } from './builtin.ts'
import { contraction } from './contraction.ts'
import { elementwise } from './elementwise.ts'
import { forms } from './forms.ts'
import { labels } from './labels.ts'
import { layers } from './layers.ts'
import { losses } from './losses.ts'
import { normalizations } from './normalizations.ts'
import { reductions } from './reductions.ts'
import { shapes } from './shapes.ts'

const groups: readonly (readonly BuiltinDefinition[])[] = [
  layers,
  shapes,
  contraction,
  elementwise,
  normalizations,
  reductions,
  losses,
  labels,
  forms,
]

export const builtins: ReadonlyMap<string, BuiltinDefinition> = new Map(
  groups.flat().map((definition) => [definition.name, definition]),
)
