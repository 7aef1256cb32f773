/**
 * Makes terms. Equal terms (same operation, inputs and type) are one object, so that a loss that is written
 * twice is computed once. Ids rise in order of creation. The site of a dropout is part of its operation, so
 * two dropouts are never equal.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  type AxisName,
  type BinaryName,
  type Distribution,
  type Term,
  type TermAxis,
  type TermOperation,
  termAxisOrder,
  type UnaryName,
} from './tensor-term.ts'
import { termFacts } from './term-facts.ts'

export interface TermDetails {
  readonly type?: Term['type']
  readonly distribution?: Distribution | undefined
}

const axisRank = new Map(termAxisOrder.map((axis, rank) => [axis, rank]))

/** Axes in canonical order. */
function inOrder(axes: Iterable<TermAxis>): TermAxis[] {
  const listed = [...axes]
  return listed.length < 2
    ? listed
    : listed.sort((a, b) => (axisRank.get(a.axis) ?? 0) - (axisRank.get(b.axis) ?? 0))
}

export class TermFactory {
  /** Scalars of the schedule that are arguments of functions, with the names of the arguments. */
  readonly argumentNames: Map<Term, ReadonlySet<string>>
  private nextId: number
  private readonly known = new Map<string, Term>()
  private readonly base: TermFactory | undefined

  /** @param base terms that were made before, by a factory that makes no more */
  constructor(base?: TermFactory) {
    this.base = base
    this.nextId = base?.nextId ?? 1
    this.argumentNames = new Map(base?.argumentNames)
  }

  make(
    operation: TermOperation,
    inputs: readonly Term[],
    axes: Iterable<TermAxis>,
    span: Span,
    details: TermDetails = {},
  ): Term {
    const ordered = inOrder(axes)
    const type = details.type ?? 'real'
    const key = this.key(operation, inputs, ordered, type)
    const found = this.find(key)
    if (found) return found
    const term: Term = {
      id: this.nextId++,
      operation,
      inputs,
      axes: ordered,
      type,
      ...(details.distribution === undefined ? {} : { distribution: details.distribution }),
      facts: termFacts(operation, inputs, ordered),
      span,
    }
    this.known.set(key, term)
    return term
  }

  /** A copy with an id of its own, to distinguish terms that happen to be equal. */
  copy(term: Term): Term {
    return { ...term, id: this.nextId++ }
  }

  number(value: number, span: Span): Term {
    return this.make({ op: 'number', value }, [], [], span, {
      type: Number.isInteger(value) ? 'integer' : 'real',
    })
  }

  schedule(name: 'progress' | 'step' | 'epoch', span: Span): Term {
    return this.make({ op: 'schedule', name }, [], [], span)
  }

  /** The same value, declared to be logits or probabilities. */
  declared(term: Term, distribution: Distribution): Term {
    const key = `declared ${term.id} ${distribution.form} ${distribution.over}`
    const known = this.find(key)
    if (known) return known
    const made = { ...this.copy(term), distribution }
    this.known.set(key, made)
    return made
  }

  unary(name: UnaryName, x: Term, span: Span, details?: TermDetails): Term {
    return this.make({ op: 'unary', name }, [x], x.axes, span, details)
  }

  /** The caller has checked that the axes agree. */
  binary(
    name: BinaryName,
    a: Term,
    b: Term,
    axes: Iterable<TermAxis>,
    span: Span,
    distribution?: Distribution,
  ): Term {
    const integers = a.type === 'integer' && b.type === 'integer' && name !== '/' && name !== '^'
    return this.make({ op: 'binary', name }, [a, b], axes, span, {
      type: integers ? 'integer' : 'real',
      distribution,
    })
  }

  /** Records that a scalar of the schedule is the argument `name` of a function. */
  nameArgument(term: Term, name: string): void {
    this.argumentNames.set(term, new Set(this.argumentNames.get(term)).add(name))
  }

  private find(key: string): Term | undefined {
    return this.known.get(key) ?? this.base?.find(key)
  }

  private key(
    operation: TermOperation,
    inputs: readonly Term[],
    axes: readonly TermAxis[],
    type: string,
  ): string {
    let key = operationKey(operation)
    for (const { id } of inputs) key += ` ${id}`
    for (const { axis, size, identity } of axes)
      key += `,${axis}${size}${identity?.anonymous === false ? identity.name : ''}`
    return `${key} ${type}`
  }
}

/** By far the most operations are parameters and those that say no more than a name. */
function operationKey(operation: TermOperation): string {
  switch (operation.op) {
    case 'parameter':
      return `parameter ${operation.parameter.owner} ${operation.parameter.path} ${operation.shape}`
    case 'unary':
    case 'binary':
      return operation.name
    case 'number':
      return `number ${operation.value}`
    case 'lookup':
      // Not the place that the number of rows comes from: an edit may move it.
      return JSON.stringify({ ...operation, rows: operation.rows.size })
    default:
      return JSON.stringify(operation)
  }
}

/** `[example, token, unit 312]`, as messages show a tensor; `class labelled.label` without a known number. */
export function shapeText(term: { readonly axes: readonly TermAxis[] }): string {
  const parts = term.axes.map(({ axis, size, identity }) => {
    if (identity?.unknown) return `${axis} ${identity.unknown.data}.label`
    return typeof size === 'number' ? `${axis} ${size}` : axis
  })
  return `[${parts.join(', ')}]`
}

export function axisOf(term: Term, axis: AxisName): TermAxis | undefined {
  return term.axes.find((candidate) => candidate.axis === axis)
}
