/**
 * The range of the entries of a tensor, by interval arithmetic. So it is known before the first batch whether
 * ids fit the table in which they are looked up. Ranges may be wider than necessary, never narrower. In the
 * branches of `if x < 8 then ... else ...` the range of x is narrowed.
 */
import type { Term } from './tensor-term.ts'

/** Both ends belong to the range. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** Bounds from the data of a stage; absent where unknown. */
export interface DataBounds {
  /** Tokens of the longest text. */
  readonly maxLength?: number | undefined
  readonly vocabulary?: number | undefined
  readonly labels?: number | undefined
}

const everything: Range = { low: -Infinity, high: Infinity }
/** The range without numbers: its union with another range is that range. */
const nothing: Range = { low: Infinity, high: -Infinity }
const share: Range = { low: 0, high: 1 }

/** Nested conditions. Each level evaluates its inputs twice. */
const deepest = 6

/** Ranges of terms for one stage. */
export class Ranges {
  private readonly bounds: DataBounds
  private readonly narrowed: ReadonlyMap<Term, Range>
  private readonly known = new Map<Term, Range>()

  private readonly depth: number

  constructor(bounds: DataBounds, narrowed: ReadonlyMap<Term, Range> = new Map(), depth = 0) {
    this.bounds = bounds
    this.narrowed = narrowed
    this.depth = depth
  }

  of(term: Term): Range {
    const found = this.known.get(term)
    if (found) return found
    const range = this.make(term)
    const within = this.narrowed.get(term)
    const made = within ? common(range, within) : range
    this.known.set(term, made)
    return made
  }

  private make(term: Term): Range {
    const { operation, inputs } = term
    const [a, b] = inputs
    switch (operation.op) {
      case 'number':
        return { low: operation.value, high: operation.value }
      case 'schedule':
        return operation.name === 'progress' ? share : { low: 0, high: Infinity }
      case 'input':
        return this.input(operation.name)
      case 'unary':
        return a ? unary(operation.name, this.of(a)) : everything
      case 'binary':
        return a && b ? binary(operation.name, this.of(a), this.of(b)) : everything
      case 'select':
        return this.choice(term)
      case 'compare':
      case 'smooth':
      case 'softmax':
        return share
      case 'shift':
        return a ? hull(this.of(a), { low: 0, high: 0 }) : everything
      case 'across':
      case 'pick':
      case 'split':
      case 'join':
        return a ? this.of(a) : everything
      case 'concat':
        return inputs.map((input) => this.of(input)).reduce(hull)
      case 'reduce':
        return a && (operation.how === 'min' || operation.how === 'max') ? this.of(a) : everything
      case 'length':
        return { low: 0, high: this.bounds.maxLength ?? Infinity }
      default:
        return everything
    }
  }

  private input(name: string): Range {
    const { maxLength, vocabulary, labels } = this.bounds
    const below = (count: number | undefined) => ({ low: 0, high: (count ?? Infinity) - 1 })
    switch (name) {
      case 'tokens':
        return below(vocabulary)
      case 'places':
        return below(maxLength)
      case 'segments':
      case 'batch.order':
      case 'attended':
        return share
      case 'batch.label':
        // A text without a label has label -100, which losses skip.
        return { low: -100, high: below(labels).high }
      default:
        return everything
    }
  }

  private choice({ inputs }: Term): Range {
    const [condition, yes, no] = inputs
    if (!condition || !yes || !no) return everything
    // A branch that is never taken does not widen the range.
    const taken = [this.given(condition, true)?.of(yes), this.given(condition, false)?.of(no)]
    return taken.filter((range) => range !== undefined).reduce(hull, nothing)
  }

  /** The ranges if a condition `x < 8` holds, or if it does not. Undefined if that is impossible. */
  private given({ operation, inputs }: Term, holds: boolean): Ranges | undefined {
    const [x, bound] = inputs
    if (operation.op !== 'compare' || !x || !bound || this.depth >= deepest) return this
    const { low, high } = this.of(bound)
    const gap = x.type === 'integer' && bound.type === 'integer' ? 1 : 0
    const name = holds ? operation.name : opposite[operation.name]
    const own = this.of(x)
    const only = low === high && gap === 1 ? low : undefined
    const limits: Record<typeof operation.name, Range> = {
      '<': { low: -Infinity, high: high - gap },
      '<=': { low: -Infinity, high },
      '>': { low: low + gap, high: Infinity },
      '>=': { low, high: Infinity },
      '==': { low, high },
      '!=': { low: own.low === only ? low + 1 : -Infinity, high: own.high === only ? high - 1 : Infinity },
    }
    const narrowed = common(limits[name], own)
    if (narrowed.low > narrowed.high) return undefined
    return new Ranges(this.bounds, new Map(this.narrowed).set(x, narrowed), this.depth + 1)
  }
}

const opposite = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' } as const

function unary(name: string, { low, high }: Range): Range {
  const rising = (f: (x: number) => number): Range => ordered(f(low), f(high))
  switch (name) {
    case 'negate':
      return { low: 0 - high, high: 0 - low }
    case 'abs':
      return low >= 0 ? { low, high } : { low: Math.max(0, -high), high: Math.max(-low, high) }
    case 'floor':
      return rising(Math.floor)
    case 'sqrt':
      return low >= 0 ? rising(Math.sqrt) : everything
    case 'exp':
      return rising(Math.exp)
    case 'log':
      return low > 0 ? rising(Math.log) : everything
    case 'relu':
      return rising((x) => Math.max(0, x))
    case 'tanh':
      return rising(Math.tanh)
    case 'sigmoid':
      return share
    case 'stop_gradient':
      return { low, high }
    default:
      return everything
  }
}

function binary(name: string, a: Range, b: Range): Range {
  const ends = (f: (x: number, y: number) => number): Range =>
    ordered(f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high))
  switch (name) {
    case '+':
      return ordered(a.low + b.low, a.high + b.high)
    case '-':
      return ordered(a.low - b.high, a.high - b.low)
    case '*':
      // 0 times an infinite bound is 0
      return ends((x, y) => (x === 0 || y === 0 ? 0 : x * y))
    case '/':
      return b.low > 0 || b.high < 0 ? ends((x, y) => x / y) : everything
    case 'min':
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) }
    case 'max':
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) }
    default:
      return everything
  }
}

function ordered(...ends: readonly number[]): Range {
  if (ends.some(Number.isNaN)) return everything
  return { low: Math.min(...ends), high: Math.max(...ends) }
}

function hull(a: Range, b: Range): Range {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }
}

function common(a: Range, b: Range): Range {
  return { low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) }
}

/** Ids that have no row for any data, such as `tokens - 1`; undefined if they may fit. */
export function idsNeverFit(ids: Term, rows: number): Range | undefined {
  const { low, high } = new Ranges({}).of(ids)
  const known = Number.isFinite(low) && low < 0
  return known || (Number.isFinite(high) && high >= rows) ? { low, high } : undefined
}
