/** Parameters of built-in functions. They belong to the binding in evaluation and have its path. */
import {
  cannotTie,
  parametersOutsideModel,
  twoParameterOperations,
} from '../../diagnostics/messages/models.ts'
import { rankOutOfRange } from '../../diagnostics/messages/parameters.ts'
import { missingAxis } from '../../diagnostics/messages/shapes.ts'
import type { Expression } from '../../syntax/expressions.ts'
import { sizeOf } from '../extract.ts'
import type { ModelParameter } from '../program.ts'
import type { Term, TermAxis } from '../tensor-term.ts'
import { axisOf, shapeText } from '../terms.ts'
import type { BlockInstance, InstanceBuilder, Scope } from '../values.ts'
import type { BuiltinCall } from './builtin.ts'

/** The binding that owns the parameters of this call. */
export interface Ownership {
  readonly instance: InstanceBuilder
  readonly path: readonly string[]
}

/**
 * Reserves the parameters of the surrounding binding. Undefined after reporting that there is no binding, or
 * that it has parameters already.
 */
export function takeOwnership(call: BuiltinCall): Ownership | undefined {
  const { owner } = call.scope
  if (!owner) {
    call.fail(parametersOutsideModel({ span: call.span, operation: call.name }))
    return undefined
  }
  if (owner.used) {
    const { span: first } = owner.used
    call.fail(
      twoParameterOperations({
        span: call.span,
        binding: owner.path.at(-1) ?? '',
        operation: call.name,
        first,
      }),
    )
    return undefined
  }
  owner.used = { operation: call.name, span: call.span }
  return { instance: owner.instance, path: owner.path }
}

export function vector(
  call: BuiltinCall,
  { instance, path }: Ownership,
  leaf: 'bias' | 'scale',
  size: number,
): Term {
  return instance.parameter([...path, leaf].join('.'), [size], leaf, call.span)
}

/** A matrix [rows, columns], or two if a `factorize` line matches; undefined after reporting. */
export function matrix(
  call: BuiltinCall,
  { instance, path }: Ownership,
  shape: readonly [number, number],
  kind: ModelParameter['kind'],
): Term | undefined {
  const { checker, span } = call
  const name = path.join('.')
  instance.matrixOwners.add(name)
  const factors = instance.factorizations.of(path)
  const [rows, columns] = shape
  let term: Term
  if (factors) {
    const { rank: expression, scope } = factors
    const rank = sizeOf(checker, checker.evaluate(expression, scope), expression.span, scope, 'the rank')
    if (rank === undefined) return undefined
    if (rank > Math.min(rows, columns)) {
      checker.report(rankOutOfRange({ span: expression.span, rank, rows, columns }), scope)
      return undefined
    }
    const left = instance.parameter(`${name}.left`, [rows, rank], kind, span)
    const right = instance.parameter(`${name}.right`, [rank, columns], kind, span)
    term = checker.terms.make({ op: 'compose' }, [left, right], [], span)
  } else term = instance.parameter(`${name}.weight`, shape, kind, span)
  instance.matrices.set(name, { term, shape })
  return term
}

/**
 * The matrix of the binding that `weight = PATH` names, checked to have this shape; undefined after
 * reporting.
 */
export function tiedMatrix(
  call: BuiltinCall,
  place: { readonly block: BlockInstance; readonly name: string },
  shape: readonly [number, number],
): Term | undefined {
  const { block, name } = place
  const span = call.spanOf('weight')
  const value = block.get(name)
  if (value?.kind === 'poison') return undefined
  const path = [...block.path, name].join('.')
  const found = block.instance.matrices.get(path)
  if (!found) {
    call.fail(cannotTie({ span, problem: `\`${path}\` owns no matrix to tie` }))
    return undefined
  }
  if (found.shape.join() !== shape.join()) {
    const problem = `the matrix of \`${path}\` is ${found.shape.join(' x ')}, wanted ${shape.join(' x ')}`
    call.fail(cannotTie({ span, problem }))
    return undefined
  }
  return found.term
}

/** An argument as a path instead of a value; 'none' for `none`; undefined after reporting. */
export function pathArgument(
  call: BuiltinCall,
  slot: string,
): { readonly block: BlockInstance; readonly name: string } | 'none' | undefined {
  const expression = call.expression(slot)
  if (!expression) return 'none'
  const place = placeOf(call, expression, call.scope)
  if (place) return place
  call.fail(
    cannotTie({
      span: expression.span,
      problem: 'a weight is tied by the path of a binding, such as embedding.word',
    }),
  )
  return undefined
}

function placeOf(
  call: BuiltinCall,
  e: Expression,
  scope: Scope,
): { readonly block: BlockInstance; readonly name: string } | 'none' | undefined {
  if (e.kind === 'parenthesized') return placeOf(call, e.value, scope)
  if (e.kind === 'name') {
    const local = scope.locals.get(e.name)
    if (local) return local.expression && local.scope && placeOf(call, local.expression, local.scope)
    for (let block: BlockInstance | undefined = scope.block; block; block = block.parent) {
      const variable = block.variables.get(e.name)
      if (variable)
        return variable.expression && variable.scope && placeOf(call, variable.expression, variable.scope)
      if (block.has(e.name)) return { block, name: e.name }
    }
    return e.name === 'none' ? 'none' : undefined
  }
  if (e.kind !== 'member') return undefined
  const base = call.checker.evaluate(e.base, scope)
  if (base.kind === 'block') return { block: base.block, name: e.name.text }
  return base.kind === 'instance' ? { block: base.instance.root, name: e.name.text } : undefined
}

/** The unit axis of a tensor with its size as a number; undefined after reporting. */
export function unitAxis(
  call: BuiltinCall,
  x: Term,
  slot: string,
): { axis: TermAxis; size: number } | undefined {
  const axis = axisOf(x, 'unit')
  if (axis && typeof axis.size === 'number') return { axis, size: axis.size }
  call.fail(missingAxis({ span: call.spanOf(slot), operation: call.name, axis: 'unit', shape: shapeText(x) }))
  return undefined
}
