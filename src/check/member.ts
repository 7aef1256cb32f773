/** Members (`x.name`) and indices (`x[i]`). */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { unknownTarget } from '../diagnostics/messages/losses.ts'
import { wrongProjectionIndex } from '../diagnostics/messages/maps.ts'
import { indexOutOfRange, notCallable, unknownMember } from '../diagnostics/messages/names.ts'
import { missingAxis } from '../diagnostics/messages/shapes.ts'
import type { Hint } from '../diagnostics/suggest.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { dataMember } from './data.ts'
import { describe } from './describe.ts'
import { ofEntry } from './distribution.ts'
import { absentError, integerOf } from './extract.ts'
import { batchAxes } from './resolve.ts'
import { axisOf, shapeText } from './terms.ts'
import { type BlockInstance, POISON, type Scope, type Value } from './values.ts'

/** The axes of the targets of a batch. */
export const targetAxes: ReadonlyMap<string, readonly ('example' | 'token')[]> = new Map([
  ['label', ['example']],
  ['original', ['example', 'token']],
  ['order', ['example']],
  ['start', ['example']],
  ['end', ['example']],
  ['tags', ['example', 'token']],
])

export function memberValue(checker: Checker, base: Value, name: string, span: Span, scope: Scope): Value {
  switch (base.kind) {
    case 'poison':
      return POISON
    case 'absent':
      return checker.fail(absentError(base, span), scope)
    case 'model':
      return fromBlock(checker, checker.bareInstance(base.model).root, name, span, scope)
    case 'instance':
      return fromBlock(checker, base.instance.root, name, span, scope)
    case 'block':
      return fromBlock(checker, base.block, name, span, scope)
    case 'data':
      return dataMember(checker, base, { text: name, span })
    case 'batch': {
      const axes = targetAxes.get(name)
      if (!axes)
        return checker.fail(
          unknownTarget({ span, name, hint: hintFor(name, targetAxes.keys(), 'target') }),
          scope,
        )
      const operation = { op: 'input', name: `batch.${name}` } as const
      return {
        kind: 'term',
        term: checker.terms.make(operation, [], batchAxes(...axes), span, { type: 'integer' }),
      }
    }
    case 'term': {
      const { term } = base
      if (name !== 'first')
        return checker.fail(
          unknownMember({ span, owner: describe(base), name, hint: hintFor(name, ['first'], 'member') }),
          scope,
        )
      if (!axisOf(term, 'token'))
        return checker.fail(
          missingAxis({ span, operation: '.first', axis: 'token', shape: shapeText(term) }),
          scope,
        )
      const axes = term.axes.filter(({ axis }) => axis !== 'token')
      const details = { type: term.type, distribution: ofEntry(term, 'token') }
      return {
        kind: 'term',
        term: checker.terms.make({ op: 'pick', axis: 'token', index: 0 }, [term], axes, span, details),
      }
    }
    case 'repeat':
    case 'taps': {
      const family = base.kind === 'repeat' ? base.repeat.name : base.taps.name
      const help = `say which one: ${family}[1].${name}`
      return checker.fail(
        notCallable({ span, found: describe(base), how: `read for \`${name}\``, help }),
        scope,
      )
    }
    default:
      return checker.fail(
        unknownMember({ span, owner: describe(base), name, hint: hintFor(name, [], 'member') }),
        scope,
      )
  }
}

function fromBlock(checker: Checker, block: BlockInstance, name: string, span: Span, scope: Scope): Value {
  const value = block.get(name)
  const declared = checker.uses && block.placeOf(name)
  if (declared) checker.uses?.add(span, declared)
  if (value) return value
  const owner = [block.instance.name, ...block.path].join('.')
  return checker.fail(unknownMember({ span, owner, name, hint: memberHint(block, name) }), scope)
}

/** A head of that instance that may have the name: `S.task.logits` for `S.logits`. */
function memberHint(block: BlockInstance, name: string): Hint {
  const { name: instance, heads, root } = block.instance
  const head = block === root ? [...heads].find(([, { block: own }]) => own.has(name))?.[0] : undefined
  if (head !== undefined) return { help: `it belongs to the head: ${instance}.${head}.${name}` }
  return hintFor(name, block.names(), 'member')
}

export function indexValue(
  checker: Checker,
  base: Value,
  index: Expression,
  span: Span,
  scope: Scope,
): Value {
  if (base.kind === 'poison') return POISON
  if (base.kind === 'absent') return checker.fail(absentError(base, span), scope)
  if (base.kind !== 'repeat' && base.kind !== 'taps' && base.kind !== 'projection')
    return checker.fail(notCallable({ span, found: describe(base), how: 'indexed' }), scope)
  const number = integerOf(checker, checker.evaluate(index, scope), index.span, scope, 'an index')
  if (number === undefined) return POISON
  if (base.kind === 'projection') {
    const { name, indices } = base.projection
    if (!indices) {
      const problem = `\`${name}\` is one matrix, not one for each layer`
      return checker.fail(wrongProjectionIndex({ span: index.span, problem }), scope)
    }
    if (indices.includes(number)) return { ...base, index: number }
    return outside(checker, name, number, indices, index.span, scope)
  }
  const family = base.kind === 'repeat' ? base.repeat : base.taps
  const found = base.kind === 'repeat' ? base.repeat.at(number) : base.taps.at(number)
  if (found === undefined) {
    const indices = base.kind === 'repeat' ? base.repeat.indices : base.taps.indices()
    const { block } = family
    const what = [block.instance.name, ...block.path, family.name].join('.')
    return outside(checker, what, number, indices, index.span, scope)
  }
  return 'kind' in found ? found : { kind: 'block', block: found }
}

function outside(
  checker: Checker,
  what: string,
  index: number,
  indices: readonly number[],
  span: Span,
  scope: Scope,
): Value {
  if (indices.length === 0) return POISON
  return checker.fail(
    indexOutOfRange({ span, what, index, from: Math.min(...indices), to: Math.max(...indices) }),
    scope,
  )
}
