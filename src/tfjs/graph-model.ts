/**
 * A graph as a GraphModel of TensorFlow.js, what `tf.loadGraphModel` reads: nodes of TensorFlow's GraphDef,
 * and weights beside them. Each call of a public operation is one node.
 */
import { type Graph, GraphError, type Node } from '../graph/graph.ts'
import { constantValue, leafName } from '../graph/leaf.ts'
import {
  type Call,
  callsOf,
  type Given,
  type Tensor,
  type TfDType,
  type TfFunction,
  tfDType,
} from './call.ts'
import type { Extent } from './extent.ts'
import { traced } from './rules.ts'
import { shapeOf, Tracer } from './tracer.ts'

export interface GraphModel {
  readonly nodes: readonly GraphNode[]
  readonly weights: readonly ModelWeight[]
}

export interface GraphNode {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly attr: { readonly [name: string]: unknown }
}

export interface ModelWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
  readonly data: Float32Array | Int32Array
}

export interface GraphModelOptions {
  readonly weights: (parameter: string) => { readonly shape: readonly number[]; readonly data: Float32Array }
  /** The name of each input, by that of the graph's. */
  readonly inputs: { readonly [name: string]: string | undefined }
  /** The name of each output, by that of the graph's; others are left out. */
  readonly outputs: ReadonlyMap<string, string>
}

/**
 * Inputs are int32 [batch, length]: ids, a mask of ones and zeros, and segments. Throws GraphError for an op
 * that has no node, such as a dropout, and for another input.
 */
export function graphModel(graph: Graph, options: GraphModelOptions): GraphModel {
  return new Writer(options).write(graph)
}

const types = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const

type Attributes = GraphNode['attr']
const typeAttribute = (dtype: TfDType): Attributes => ({ type: types[dtype] })

class Writer {
  private readonly options: GraphModelOptions
  private readonly nodes: GraphNode[] = []
  private readonly weights: ModelWeight[] = []
  private readonly names = new Map<Tensor, string>()
  private readonly known = new Map<string, string>()

  constructor(options: GraphModelOptions) {
    this.options = options
  }

  write(graph: Graph): GraphModel {
    const tracer = new Tracer()
    const values = new Map<Node, Tensor>()
    for (const node of graph.nodes) values.set(node, this.leaf(tracer, node) ?? traced(tracer, node, values))
    for (const [name, as] of this.options.outputs) {
      const node = graph.outputs.get(name)
      const root = node && values.get(node)
      if (root === undefined) throw new GraphError(`the graph has no output ${name}`)
      for (const tensor of callsOf(root)) this.nameOf(tensor)
      this.push({
        name: as,
        op: 'Identity',
        input: [this.nameOf(root)],
        attr: { T: typeAttribute(tfDType(root.dtype)) },
      })
    }
    return { nodes: this.nodes, weights: this.weights }
  }

  // ------------------------------------------------------------ leaves

  private leaf(tracer: Tracer, node: Node): Tensor | undefined {
    const { op, type } = node
    const name = leafName(node)
    const number = constantValue(node)
    if (number !== undefined) return tracer.number(number)
    const made: Tensor = { shape: shapeOf(type), dtype: type.dtype, from: { input: node.id } }
    if (op === 'parameter' && name !== undefined) {
      const { shape, data } = this.options.weights(name)
      this.names.set(made, this.constant(name, shape, data))
    } else if (op === 'vector') {
      const values = Array.isArray(node.attributes.values) ? node.attributes.values.map(Number) : []
      this.names.set(made, this.constant(`vector_${node.id}`, [values.length], Float32Array.from(values)))
    } else if (op === 'input' && name !== undefined) this.names.set(made, this.input(name))
    else return undefined
    return made
  }

  private input(name: string): string {
    if (name === 'places') {
      const [start, step] = [this.ints([0], []), this.ints([1], [])]
      return this.node('Range', [start, this.size('L'), step], { Tidx: typeAttribute('int32') })
    }
    const as = this.options.inputs[name]
    if (as === undefined) throw new GraphError(`it reads ${name}, which no text has`)
    const given = this.placeholder(as)
    if (name !== 'attended') return given
    return this.node('NotEqual', [given, this.ints([0], [])], { T: typeAttribute('int32') })
  }

  private placeholder(name: string): string {
    const shape = { dim: [{ size: '-1' }, { size: '-1' }] }
    const attr = { dtype: typeAttribute('int32'), shape: { shape } }
    return this.once(`placeholder ${name}`, () => this.push({ name, op: 'Placeholder', input: [], attr }))
  }

  /** Number of examples or tokens, from the ids. */
  private size(symbol: 'B' | 'L'): string {
    return this.once(`size ${symbol}`, () => {
      const shape = this.node('Shape', [this.placeholder(this.options.inputs.tokens ?? '')], {
        out_type: typeAttribute('int32'),
      })
      const place = this.ints([symbol === 'B' ? 0 : 1], [])
      return this.node('GatherV2', [shape, place, this.ints([0], [])], {})
    })
  }

  private constant(name: string, shape: readonly number[], data: Float32Array | Int32Array): string {
    return this.once(`constant ${name}`, () => {
      const dtype = data instanceof Float32Array ? 'float32' : 'int32'
      const tensorShape = { dim: shape.map((size) => ({ size: String(size) })) }
      const tensor = { dtype: types[dtype], tensorShape }
      this.weights.push({ name, shape, dtype, data })
      return this.push({
        name,
        op: 'Const',
        input: [],
        attr: { dtype: typeAttribute(dtype), value: { tensor } },
      })
    })
  }

  private ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const name = ['int', ...values.map(nameOfNumber), ...(shape.length === 0 ? [] : ['of', ...shape])].join(
      '_',
    )
    return this.constant(name, shape, Int32Array.from(values))
  }

  private float(value: number): string {
    return this.constant(`float_${nameOfNumber(value)}`, [], Float32Array.of(value))
  }

  /** A vector of sizes. */
  private sizes(extents: readonly Extent[]): string {
    const fixed = extents.filter((extent) => typeof extent === 'number')
    if (fixed.length === extents.length) return this.ints(fixed)
    return this.node(
      'Pack',
      extents.map((extent) => this.extent(extent)),
      { N: { i: String(extents.length) }, axis: { i: '0' } },
    )
  }

  private extent(extent: Extent): string {
    if (typeof extent === 'number') return this.ints([extent], [])
    if (extent === 'B' || extent === 'L') return this.size(extent)
    if (typeof extent === 'string') throw new GraphError(`no number of positions in a GraphModel: ${extent}`)
    if ('index' in extent) return this.ints([extent.index], [])
    const both = [this.extent(extent.left), this.extent(extent.right)]
    return this.node(extent.operation === '*' ? 'Mul' : 'Sub', both, { T: typeAttribute('int32') })
  }

  // ------------------------------------------------------------ calls

  private nameOf(tensor: Tensor): string {
    const { from } = tensor
    if ('number' in from) return this.float(from.number)
    const known = this.names.get(tensor)
    if (known !== undefined) return known
    if (!('call' in from)) throw new GraphError('a tensor without a node')
    const name = this.call(from.call, tensor)
    this.names.set(tensor, name)
    return name
  }

  private call({ given, inputs }: Call, { dtype }: Tensor): string {
    const [first] = inputs
    if (given.name === 'dropoutMask') throw new GraphError('a GraphModel has no dropout')
    if (given.name === 'cast' && first !== undefined && 'number' in first.from && given.dtype === 'int32')
      return this.ints([first.from.number], [])
    const names = inputs.map((input) => this.nameOf(input))
    const own = { T: typeAttribute(tfDType(first?.dtype ?? dtype)) }
    const { more, attr } = this.given(given, inputs)
    return this.node(operations[given.name], [...names, ...more], { ...own, ...attr })
  }

  /** What a node has after its tensors, and its attributes. */
  private given(
    given: Given,
    inputs: readonly Tensor[],
  ): { readonly more: readonly string[]; readonly attr: Attributes } {
    const only = (...more: readonly string[]) => ({ more, attr: {} })
    switch (given.name) {
      case 'sum':
      case 'max':
      case 'min':
        return { more: [this.ints(given.axes)], attr: { keep_dims: { b: given.keepDims } } }
      case 'cast': {
        const from = tfDType(inputs[0]?.dtype ?? 'f32')
        return { more: [], attr: { SrcT: typeAttribute(from), DstT: typeAttribute(given.dtype) } }
      }
      case 'reshape':
      case 'broadcastTo':
      case 'scatterND':
        return only(this.sizes(given.shape))
      case 'transpose':
        return only(this.ints(given.order))
      case 'slice':
        return only(this.sizes(given.begin), this.sizes(given.size))
      case 'pad': {
        const flat = this.sizes(given.paddings.flat())
        const pairs = this.node('Reshape', [flat, this.ints([given.paddings.length, 2])], {})
        return only(pairs, this.float(0))
      }
      case 'concat':
        return { more: [this.ints([given.axis], [])], attr: { N: { i: String(inputs.length) } } }
      case 'matMul':
        return { more: [], attr: { adj_x: { b: given.transposeA }, adj_y: { b: given.transposeB } } }
      case 'gather':
        return { more: [this.ints([0], [])], attr: { batch_dims: { i: '0' } } }
      case 'oneHot':
        return {
          more: [this.extent(given.depth), this.float(1), this.float(0)],
          attr: { T: typeAttribute('float32'), axis: { i: '-1' } },
        }
      default:
        return only()
    }
  }

  // ------------------------------------------------------------ nodes

  private node(op: string, input: readonly string[], attr: Attributes): string {
    return this.once(JSON.stringify([op, input, attr]), () =>
      this.push({ name: `${op}_${this.nodes.length}`, op, input, attr }),
    )
  }

  private push(node: GraphNode): string {
    this.nodes.push(node)
    return node.name
  }

  private once(key: string, make: () => string): string {
    const name = this.known.get(key) ?? make()
    this.known.set(key, name)
    return name
  }
}

/** `m0p5` for -0.5: names of nodes have no signs and points. */
function nameOfNumber(value: number): string {
  return String(value).replaceAll('-', 'm').replace('.', 'p').replace('+', '')
}

/** TensorFlow's names. */
const operations: { readonly [name in Exclude<TfFunction, 'dropoutMask'>]: string } = {
  neg: 'Neg',
  abs: 'Abs',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  floor: 'Floor',
  tanh: 'Tanh',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  sign: 'Sign',
  square: 'Square',
  erf: 'Erf',
  logicalNot: 'LogicalNot',
  add: 'AddV2',
  sub: 'Sub',
  mul: 'Mul',
  div: 'RealDiv',
  pow: 'Pow',
  minimum: 'Minimum',
  maximum: 'Maximum',
  less: 'Less',
  lessEqual: 'LessEqual',
  greater: 'Greater',
  greaterEqual: 'GreaterEqual',
  equal: 'Equal',
  notEqual: 'NotEqual',
  logicalAnd: 'LogicalAnd',
  where: 'SelectV2',
  gather: 'GatherV2',
  sum: 'Sum',
  max: 'Max',
  min: 'Min',
  cast: 'Cast',
  reshape: 'Reshape',
  broadcastTo: 'BroadcastTo',
  transpose: 'Transpose',
  slice: 'Slice',
  pad: 'PadV2',
  concat: 'ConcatV2',
  matMul: 'BatchMatMulV2',
  scatterND: 'ScatterNd',
  oneHot: 'OneHot',
}
