/**
 * Terms to graph nodes. A term defines a value (softmax over live positions, a @ b, a loss per token). A node
 * defines how it is computed, with every mask, renaming and contraction explicit. There is one case for each
 * term operation, and none depends on a model.
 */
import { parameterKey } from '../check/program.ts'
import type { AxisName, BinaryName, Live, Term, UnaryName } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Attributes, Axis, Dimension, GraphBuilder, Node, TensorType } from '../graph/graph.ts'
import { covering } from '../graph/ops/support/nodes.ts'
import { type LowPrecision, precisionAttribute } from '../graph/precision.ts'
import { dimensionsOf, liveCount, liveMask, sizeOf, zeroDead } from './live.ts'
import { lowerReduction, type Normalisers } from './reduction.ts'

const unaryOps: Record<UnaryName, string> = {
  negate: 'negate',
  abs: 'abs',
  sqrt: 'sqrt',
  exp: 'exp',
  log: 'log',
  floor: 'floor',
  tanh: 'tanh',
  relu: 'relu',
  gelu: 'gelu',
  gelu_tanh: 'gelu_tanh',
  sigmoid: 'sigmoid',
  stop_gradient: 'stop_gradient',
}
const binaryOps: Record<BinaryName, string> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '^': 'power',
  min: 'minimum',
  max: 'maximum',
}
const compareOps = {
  '<': 'less',
  '<=': 'less_equal',
  '>': 'greater',
  '>=': 'greater_equal',
  '==': 'equal',
  '!=': 'not_equal',
} as const

/** float32 has no infinity that survives a subtraction; this is below every real score. */
const lowest = -3e38

export interface TermOptions {
  /** Names of the models in training mode: their dropouts are on. */
  readonly training: ReadonlySet<string>
  readonly normalisers: Normalisers
  /** Of a model's products with weights, by its name; absent: float32. */
  readonly precision?: (owner: string) => LowPrecision | undefined
}

export class TermLowering {
  private readonly builder: GraphBuilder
  private readonly options: TermOptions
  private readonly done = new Map<Term, Node>()

  constructor(builder: GraphBuilder, options: TermOptions) {
    this.builder = builder
    this.options = options
  }

  /**
   * Lowers everything that the roots need in order of creation: model by model, layer by layer, so that
   * printed graphs fold.
   */
  lower(roots: readonly Term[]): Node[] {
    for (const term of reachable(...roots).sort((a, b) => a.id - b.id)) this.node(term)
    return roots.map((root) => this.node(root))
  }

  /** The node of a term that has been lowered. */
  find(term: Term): Node | undefined {
    return this.done.get(term)
  }

  private node(term: Term): Node {
    const known = this.done.get(term)
    if (known) return known
    const node = this.make(term)
    this.done.set(term, node)
    return node
  }

  private make(term: Term): Node {
    const { builder: b } = this
    const { operation, span } = term
    const inputs = term.inputs
    const at = (i: number): Node => {
      const input = inputs[i]
      if (!input) throw new RangeError(`${operation.op} lacks input ${i}`)
      return this.node(input)
    }
    const real = (i: number): Node => this.real(at(i))
    switch (operation.op) {
      case 'number':
        return b.constant(operation.value)
      case 'schedule':
        return b.input(operation.name, { dtype: 'f32', dimensions: [] }, span)
      case 'input':
        return b.input(operation.name, inputType(operation.name, term), span)
      case 'parameter':
        return this.parameter(term, operation.shape.length === 1 ? ['row'] : ['row', 'column'])
      case 'compose': {
        const [left, right] = inputs
        if (!left || !right) throw new RangeError('compose takes two factors')
        const factors = [this.parameter(left, ['row', 'rank']), this.parameter(right, ['rank', 'column'])]
        return b.add(
          'contract',
          factors,
          { left: ['row', 'rank'], right: ['rank', 'column'], sum: ['rank'] },
          span,
        )
      }
      case 'lookup':
        return b.add('lookup', [this.ids(at(0)), at(1)], { padding: operation.padding ?? null }, span)
      case 'linear':
        if (inputs.length === 2)
          return this.withoutBias(real(0), at(1), operation.out, this.precision(inputs[1]), span)
        return b.add(
          'linear',
          [real(0), at(1), at(2)],
          { out: operation.out, ...this.precision(inputs[1]) },
          span,
        )
      case 'layer_norm':
        return b.add('layer_norm', [real(0), at(1), at(2)], { epsilon: operation.epsilon }, span)
      case 'affine': {
        const unit = (i: number) => b.add('rename', [at(i)], { from: 'row', to: 'unit' })
        return b.add('add', [b.add('multiply', [real(0), unit(1)], {}, span), unit(2)], {}, span)
      }
      case 'standardize':
        return b.add('standardize', [real(0)], { epsilon: operation.epsilon }, span)
      case 'normalize': {
        const x = real(0)
        const live = zeroDead(b, x, liveMask(b, operation.live, operation.over))
        return b.add('divide', [x, this.norm(live, operation.over)], {}, span)
      }
      case 'softmax':
      case 'log_softmax':
        return b.add(operation.op, this.masked([real(0)], operation), { axis: operation.over }, span)
      case 'unary':
        return b.add(unaryOps[operation.name], [real(0)], {}, span)
      case 'binary':
        return b.add(binaryOps[operation.name], [real(0), real(1)], {}, span)
      case 'compare': {
        const [x, y] = [at(0), at(1)]
        const same = x.type.dtype === y.type.dtype && x.type.dtype !== 'bool'
        return b.add(compareOps[operation.name], same ? [x, y] : [this.real(x), this.real(y)], {}, span)
      }
      case 'select':
        return b.add('select', [this.truth(at(0)), real(1), real(2)], {}, span)
      case 'dropout':
        return this.dropout(real(0), operation, term)
      case 'split':
        return b.add('split', [at(0)], { heads: operation.heads }, span)
      case 'join':
        return b.add('join', [at(0)], {}, span)
      case 'across':
        return b.add('rename', [at(0)], { from: operation.axis, to: primed(operation.axis) }, span)
      case 'pick':
        return b.add('pick', [at(0)], { axis: operation.axis, index: operation.index }, span)
      case 'concat':
        return b.add(
          'concat',
          inputs.map((_, i) => real(i)),
          { axis: 'unit' },
          span,
        )
      case 'shift':
        return b.add('shift', [real(0)], { axis: 'token', by: operation.by }, span)
      case 'dot': {
        const mask = liveMask(b, operation.live, operation.over)
        const x = this.isZeroDead(inputs[0], operation.over, operation.live)
          ? real(0)
          : zeroDead(b, real(0), mask)
        const y = real(1)
        const right = y.type.dimensions.map(({ axis }) =>
          operation.pair.some((p) => p === axis) ? primed(axis) : axis,
        )
        return b.add('contract', [x, y], { left: axesOf(x), right, sum: [operation.over] }, span)
      }
      case 'apply': {
        const mask = liveMask(b, operation.live, operation.primed)
        const x = this.isZeroDead(inputs[0], operation.primed, operation.live)
          ? real(0)
          : zeroDead(b, real(0), mask)
        const y = real(1)
        const right = y.type.dimensions.map(({ axis }) =>
          primed(axis) === operation.primed ? operation.primed : axis,
        )
        return b.add('contract', [x, y], { left: axesOf(x), right, sum: [operation.primed] }, span)
      }
      case 'reduce':
        return this.reduce(real(0), operation, term)
      case 'length': {
        const count = liveCount(b, operation.live, 'token', 'L')
        if (count.type.dimensions.length > 0) return count
        return b.add('broadcast', [count], { dimensions: [{ axis: 'example', size: 'B' }] })
      }
      case 'squared_difference':
        return b.add('square', [b.add('subtract', [real(0), real(1)], {}, span)], {}, span)
      case 'kl':
        return b.add('kl', this.masked([real(0), real(1)], operation), { axis: operation.over }, span)
      case 'cross_entropy_labels': {
        const labels = this.ids(at(1))
        const rows = b.add(
          'cross_entropy_labels',
          this.masked([real(0), labels], operation),
          { axis: operation.over },
          span,
        )
        if (!operation.weights) return rows
        const hot = b.add('one_hot', [labels], { axis: operation.over, size: operation.weights.length })
        const weighted = b.add('multiply', [hot, this.classWeights(operation.over, operation.weights)])
        return b.add('multiply', [rows, b.add('sum', [weighted], { axes: [operation.over] })], {}, span)
      }
      case 'cross_entropy': {
        const target = operation.weights
          ? b.add('multiply', [real(1), this.classWeights(operation.over, operation.weights)])
          : real(1)
        return b.add(
          'cross_entropy',
          this.masked([real(0), target], operation),
          { axis: operation.over },
          span,
        )
      }
      case 'cosine_distance': {
        const mask = liveMask(b, operation.live, operation.over)
        const [x, y] = [zeroDead(b, real(0), mask), zeroDead(b, real(1), mask)]
        const product = b.add('sum', [b.add('multiply', [x, y], {}, span)], { axes: [operation.over] }, span)
        const norms = b.add(
          'multiply',
          [this.norm(x, operation.over), this.norm(y, operation.over)],
          {},
          span,
        )
        return b.add('subtract', [b.constant(1), b.add('divide', [product, norms], {}, span)], {}, span)
      }
      case 'smooth': {
        const hot = b.add('one_hot', [this.ids(at(0))], { axis: 'class', size: operation.classes }, span)
        if (operation.amount === 0) return hot
        const scaled = b.add('multiply', [hot, b.constant(1 - operation.amount)], {}, span)
        return b.add('add', [scaled, b.constant(operation.amount / operation.classes)], {}, span)
      }
      case 'reduction':
        return lowerReduction(b, this.options.normalisers, operation, term, real(0))
    }
  }

  /** Arithmetic is in float32: integers and booleans become numbers. */
  private real(x: Node): Node {
    return x.type.dtype === 'f32' ? x : this.builder.add('cast', [x], { dtype: 'f32' })
  }

  /** Computed ids are integers in float32, exact up to 2^24. */
  private ids(x: Node): Node {
    return x.type.dtype === 'i32' ? x : this.builder.add('cast', [x], { dtype: 'i32' })
  }

  private truth(x: Node): Node {
    return x.type.dtype === 'bool'
      ? x
      : this.builder.add('not_equal', [this.real(x), this.builder.constant(0)])
  }

  /** `bias = none`: sum over unit of x[..., unit] w[out, unit]. */
  private withoutBias(x: Node, weight: Node, out: 'unit' | 'class', precision: Attributes, span: Span): Node {
    const row = out === 'class' ? 'class' : 'column'
    const left = x.type.dimensions.map(({ axis }) => axis)
    const product = this.builder.add(
      'contract',
      [x, weight],
      { left, right: [row, 'unit'], sum: ['unit'], ...precision },
      span,
    )
    return out === 'class' ? product : this.builder.add('rename', [product], { from: row, to: out }, span)
  }

  /** The attribute of a product with a weight: that of the model whose weight it is, or of its factors. */
  private precision(weight: Term | undefined): Attributes {
    const { operation, inputs } = weight ?? {}
    if (operation?.op === 'compose') return this.precision(inputs?.[0])
    if (operation?.op !== 'parameter') return {}
    return precisionAttribute(this.options.precision?.(operation.parameter.owner))
  }

  private parameter(term: Term, axes: readonly Axis[]): Node {
    const { operation } = term
    if (operation.op !== 'parameter') return this.node(term)
    const dimensions = axes.map((axis, i): Dimension => ({ axis, size: operation.shape[i] ?? 1 }))
    const node = this.builder.parameter(
      parameterKey(operation.parameter),
      { dtype: 'f32', dimensions },
      term.span,
    )
    this.done.set(term, node)
    return node
  }

  private masked(inputs: Node[], { over, live }: { over: AxisName; live?: Live }): Node[] {
    const mask = liveMask(this.builder, live, over)
    if (!mask) return inputs
    // What has no example axis (a softmax over places) has one as soon as each text's own padding is left
    // out.
    const [x, ...others] = inputs
    return x ? [covering(this.builder, x, mask), ...others, mask] : [mask]
  }

  private classWeights(axis: AxisName, values: readonly number[]): Node {
    return this.builder.add('vector', [], { axis, values })
  }

  /** Euclidean norm over an axis, with a lower limit above 0, where it has no gradient. */
  private norm(x: Node, over: AxisName): Node {
    const { builder: b } = this
    const squares = b.add('sum', [b.add('square', [x])], { axes: [over] })
    return b.add('sqrt', [b.add('maximum', [squares, b.constant(1e-24)])])
  }

  private dropout(
    x: Node,
    { rate, site, owner }: { rate: number; site: string; owner: string },
    term: Term,
  ): Node {
    if (rate === 0 || !this.options.training.has(owner)) return x
    const { builder: b } = this
    const sample = b.input('sample', { dtype: 'i32', dimensions: [{ axis: 'example', size: 'B' }] })
    const dimensions = x.type.dimensions.map(({ axis, size }) => ({ axis, size }))
    const mask = b.add('dropout_mask', [sample], { rate, site, dimensions }, term.span)
    return b.add('multiply', [x, mask], {}, term.span)
  }

  private reduce(
    x: Node,
    { how, over, live }: { how: string; over: AxisName; live?: Live },
    term: Term,
  ): Node {
    const { builder: b } = this
    const mask = liveMask(b, live, over)
    const sum = (y: Node) => b.add('sum', [zeroDead(b, y, mask)], { axes: [over] }, term.span)
    const size = x.type.dimensions.find((d) => d.axis === over)?.size ?? 1
    const mean = (y: Node) => {
      const count = mask
        ? b.add('maximum', [liveCount(b, live, over, size), b.constant(1)])
        : sizeOf(b, over, size)
      return b.add('divide', [sum(y), count], {}, term.span)
    }
    switch (how) {
      case 'sum':
        return sum(x)
      case 'mean':
        return mean(x)
      case 'variance':
        return mean(b.add('square', [b.add('subtract', [x, mean(x)], {}, term.span)], {}, term.span))
      default: {
        const extreme = how === 'max' ? lowest : -lowest
        const seen = mask ? b.add('select', [mask, x, b.constant(extreme)]) : x
        return b.add(how, [seen], { axis: over }, term.span)
      }
    }
  }

  /**
   * Is the value 0 at dead positions already? Then the product that skips them needs no mask: a softmax, also
   * behind dropout.
   */
  private isZeroDead(term: Term | undefined, axis: AxisName, live: Live | undefined): boolean {
    if (!term) return false
    const { operation, inputs } = term
    if (operation.op === 'softmax') return operation.over === axis && operation.live === live
    if (operation.op === 'dropout') return this.isZeroDead(inputs[0], axis, live)
    if (operation.op === 'binary' && operation.name === '*')
      return inputs.some((input) => this.isZeroDead(input, axis, live))
    return false
  }
}

const primedAxes: Partial<Record<Axis, Axis>> = {
  example: "example'",
  head: "head'",
  token: "token'",
  unit: "unit'",
  "example'": "example''",
}
function primed(axis: Axis): Axis {
  return primedAxes[axis] ?? axis
}

function axesOf(node: Node): Axis[] {
  return node.type.dimensions.map((d) => d.axis)
}

function inputType(name: string, term: Term): TensorType {
  const dtypes = { integer: 'i32', real: 'f32', boolean: 'bool' } as const
  // A mask is read as a number in some models and as a condition in others; the batch has it once, as bool.
  const isMask = name === 'attended' || name === 'masked' || name === 'first_piece'
  return { dtype: isMask ? 'bool' : dtypes[term.type], dimensions: dimensionsOf(term.axes) }
}
