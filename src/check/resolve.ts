/**
 * Resolves names in expressions: local names first, then the blocks of the model from the inside out, the
 * file, and the built-in names.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { unknownName } from '../diagnostics/messages/names.ts'
import type { Hint } from '../diagnostics/suggest.ts'
import { builtins } from './builtins/index.ts'
import type { Checker } from './checker.ts'
import type { FileScope } from './files.ts'
import { type AxisName, type TermAxis, termAxisOrder } from './tensor-term.ts'
import { type Local, NONE, POISON, type Scope, type Value } from './values.ts'

/** The inputs of a model from a batch. */
const inputs: ReadonlyMap<
  string,
  { readonly axes: readonly TermAxis[]; readonly type: 'integer' | 'boolean' }
> = new Map([
  ['tokens', { axes: batchAxes('example', 'token'), type: 'integer' }],
  ['segments', { axes: batchAxes('example', 'token'), type: 'integer' }],
  ['attended', { axes: batchAxes('example', 'token'), type: 'boolean' }],
  ['places', { axes: batchAxes('token'), type: 'integer' }],
])

export function batchAxes(...axes: ('example' | 'token')[]): TermAxis[] {
  return axes.map((axis) => ({ axis, size: axis === 'example' ? 'B' : 'L' }))
}

/** Built-in names, which every expression can use. */
export const plainNames: ReadonlySet<string> = new Set(['none', 'batch', 'progress', 'step', 'epoch'])

function isAxis(name: string): name is AxisName {
  return termAxisOrder.some((axis) => axis === name)
}

/** Names that are reserved inside every model. */
export function isModelWord(name: string): boolean {
  return builtins.has(name) || inputs.has(name) || name === 'none'
}

export function resolveName(checker: Checker, name: string, span: Span, scope: Scope): Value {
  const local = scope.locals.get(name)
  if (local) return valueOfLocal(checker, local, span)
  for (let block = scope.block; block; block = block.parent) {
    const variable = block.variables.get(name)
    if (variable) return valueOfLocal(checker, variable, span)
    if (!block.has(name)) continue
    const declared = checker.uses && block.placeOf(name)
    if (declared) checker.uses?.add(span, declared)
    return block.get(name) ?? POISON
  }
  const input = scope.block && inputs.get(name)
  if (input) {
    const { axes, type } = input
    return { kind: 'term', term: checker.terms.make({ op: 'input', name }, [], axes, span, { type }) }
  }
  const declared = checker.lookup(name, scope.file, span)
  if (declared) return declared
  if (builtins.has(name)) return { kind: 'builtin', name }
  if (isAxis(name)) return { kind: 'axis', axis: name }
  switch (name) {
    case 'none':
      return NONE
    case 'batch':
      return { kind: 'batch' }
    case 'progress':
    case 'step':
    case 'epoch':
      return { kind: 'term', term: checker.terms.schedule(name, span) }
    default:
      return checker.fail(
        unknownName({ span, name, hint: nameHint(checker, name, visibleNames(scope), scope.file) }),
        scope,
      )
  }
}

function valueOfLocal(checker: Checker, local: Local, use: Span): Value {
  if (local.declared) checker.uses?.add(use, local.declared)
  return local.value()
}

/**
 * A hint for an unknown name. It may be a library name that is not imported, a setting of a model (`layers`
 * for `S.layers`), a name of another framework, or misspelt.
 */
export function nameHint(checker: Checker, name: string, known: Iterable<string>, file: FileScope): Hint {
  const from = file.library ? undefined : checker.libraryFileOf(name)
  if (from !== undefined)
    return {
      help: `import it: import { ${name} } from "${from}"`,
      fix: { kind: 'import', name, from },
    }
  const hint = hintFor(name, known, 'value')
  if (hint.similar !== undefined || hint.help !== undefined) return hint
  const owners = [...checker.instances.values()].filter(({ root }) => root.has(name))
  const owner = owners.find(({ role }) => role === 'student') ?? owners[0]
  return owner === undefined ? {} : { help: `it is a name of a model: ${owner.name}.${name}` }
}

/** Whether a name is defined here. Evaluates nothing. */
export function isVisible(name: string, scope: Scope): boolean {
  if (scope.locals.has(name)) return true
  for (let block = scope.block; block; block = block.parent) {
    if (block.variables.has(name) || block.has(name)) return true
  }
  const { names, broken } = scope.file
  return names.has(name) || broken.has(name) || builtins.has(name) || isAxis(name) || plainNames.has(name)
}

export function visibleNames(scope: Scope): string[] {
  const names = [...scope.locals.keys()]
  for (let block = scope.block; block; block = block.parent)
    names.push(...block.variables.keys(), ...block.names())
  if (scope.block) names.push(...inputs.keys())
  names.push(...scope.file.names.keys(), ...builtins.keys(), ...termAxisOrder, ...plainNames)
  return names
}
