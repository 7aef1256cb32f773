/** A case or more for each kernel that oneDNN computes, wide enough for its vectors and its threads. */

type Attribute = number | boolean | string | number[] | [number, number][] | undefined

export interface KernelCase {
  /** Shapes by name of input; values are drawn from -2 to 2, or from 0.1 to 2 where a kernel wants positive ones. */
  readonly inputs: { readonly [name: string]: number[] }
  readonly attributes?: { readonly [name: string]: Attribute }
  readonly positive?: true
  /** Of inputs that are not float32: whole numbers from 0 to 10, or truths. */
  readonly types?: { readonly [name: string]: 'int32' | 'bool' }
}

const one = (attributes?: KernelCase['attributes'], positive?: true): KernelCase[] => [
  {
    inputs: { x: [37, 113] },
    ...(attributes === undefined ? {} : { attributes }),
    ...(positive === undefined ? {} : { positive }),
  },
]
/** Equal shapes, a row, a column, one number, and another rank; the first is the wider one. */
const two: KernelCase[] = [
  { inputs: { a: [37, 113], b: [37, 113] } },
  { inputs: { a: [37, 113], b: [113] } },
  { inputs: { a: [5, 37, 16], b: [5, 1, 16] } },
  { inputs: { a: [37, 113], b: [37, 1] } },
  { inputs: { a: [37, 113], b: [] } },
]
const reduced = (name: string): KernelCase[] =>
  [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]].map((axes) => ({
    inputs: { x: [14, 37, 19] },
    attributes: { [name]: axes, keepDims: false },
  }))

/** A convolution of pictures, and of volumes: the attributes that its gradients have as well. */
const across = { strides: [2, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] }
const channelsFirst = { strides: [1, 2], pad: 'valid', dataFormat: 'NCHW', dilations: [1, 1] }
const byChannel = { strides: [1, 1], pad: 'same', dilations: [2, 2] }
const byChannelOnce = { strides: [2, 2], pad: 'same', dilations: [1, 1] }
const volume = { strides: [1, 2, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] }
const pooled = { filterSize: [3, 2], strides: [2, 2], pad: 'same' }
const pooledVolume = { filterSize: [3, 2, 2], strides: [1, 2, 2], pad: 'same', dataFormat: 'NDHWC' }

export const kernelCases: { readonly [kernelName: string]: readonly KernelCase[] } = {
  Abs: one(),
  Elu: one(),
  Exp: one(),
  Log: one({}, true),
  Neg: one(),
  Reciprocal: one({}, true),
  Relu: one(),
  Relu6: one(),
  Round: one(),
  Rsqrt: one({}, true),
  Sigmoid: one(),
  Softplus: one(),
  Sqrt: one({}, true),
  Square: one(),
  Tanh: one(),
  LeakyRelu: one({ alpha: 0.3 }),
  ClipByValue: one({ clipValueMin: -0.5, clipValueMax: 1 }),
  Add: two,
  Multiply: two,
  Maximum: two,
  Minimum: two,
  RealDiv: two,
  Sub: two,
  SquaredDifference: two,
  Greater: two,
  GreaterEqual: two,
  Less: two,
  LessEqual: two,
  Equal: two,
  NotEqual: two,
  BatchMatMul: [
    { inputs: { a: [3, 17, 40], b: [3, 40, 23] }, attributes: { transposeA: false, transposeB: false } },
    { inputs: { a: [3, 17, 40], b: [1, 40, 23] }, attributes: { transposeA: false, transposeB: false } },
    { inputs: { a: [3, 40, 17], b: [3, 23, 40] }, attributes: { transposeA: true, transposeB: true } },
  ],
  _FusedMatMul: ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'].map((activation) => ({
    inputs: { a: [1, 37, 40], b: [1, 40, 23], bias: [23], preluActivationWeights: [23] },
    attributes: { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.2 },
  })),
  Softmax: [{ inputs: { logits: [37, 113] }, attributes: { dim: -1 } }],
  Sum: reduced('axis'),
  Mean: reduced('axis'),
  Max: reduced('reductionIndices'),
  Min: reduced('axis'),
  Prod: reduced('axis'),
  Transpose: [{ inputs: { x: [14, 37, 19] }, attributes: { perm: [2, 0, 1] } }],
  Slice: [{ inputs: { x: [14, 37, 19] }, attributes: { begin: [2, 3, 4], size: [11, 30, 12] } }],
  PadV2: [
    {
      inputs: { x: [14, 370] },
      attributes: {
        paddings: [
          [1, 3],
          [2, 0],
        ],
        constantValue: 0.5,
      },
    },
  ],
  Concat: [{ inputs: { 0: [14, 370], 1: [14, 50] }, attributes: { axis: 1 } }],
  Conv2D: [
    { inputs: { x: [2, 13, 11, 5], filter: [3, 2, 5, 7] }, attributes: across },
    { inputs: { x: [2, 5, 13, 11], filter: [3, 2, 5, 7] }, attributes: channelsFirst },
    {
      inputs: { x: [2, 13, 11, 5], filter: [3, 2, 5, 7] },
      attributes: { ...across, strides: 1, dilations: [2, 3] },
    },
  ],
  Conv2DBackpropInput: [
    {
      inputs: { dy: [2, 7, 11, 7], filter: [3, 2, 5, 7] },
      attributes: { ...across, inputShape: [2, 13, 11, 5] },
    },
    {
      inputs: { dy: [2, 7, 11, 5], filter: [3, 2, 5, 7] },
      attributes: { ...channelsFirst, inputShape: [2, 5, 13, 11] },
    },
  ],
  Conv2DBackpropFilter: [
    {
      inputs: { x: [2, 13, 11, 5], dy: [2, 7, 11, 7] },
      attributes: { ...across, filterShape: [3, 2, 5, 7] },
    },
  ],
  FusedConv2D: ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'].map((activation) => ({
    inputs: { x: [2, 13, 11, 5], filter: [3, 2, 5, 7], bias: [7], preluActivationWeights: [7] },
    attributes: { ...across, activation, leakyreluAlpha: 0.2 },
  })),
  DepthwiseConv2dNative: [
    { inputs: { x: [12, 13, 11, 5], filter: [3, 2, 5, 3] }, attributes: byChannel },
    { inputs: { x: [12, 13, 11, 5], filter: [3, 2, 5, 1] }, attributes: byChannelOnce },
  ],
  DepthwiseConv2dNativeBackpropInput: [
    {
      inputs: { dy: [12, 7, 6, 15], filter: [3, 2, 5, 3] },
      attributes: { ...byChannelOnce, inputShape: [12, 13, 11, 5] },
    },
  ],
  DepthwiseConv2dNativeBackpropFilter: [
    {
      inputs: { x: [12, 13, 11, 5], dy: [12, 7, 6, 15] },
      attributes: { ...byChannelOnce, filterShape: [3, 2, 5, 3] },
    },
  ],
  FusedDepthwiseConv2D: ['linear', 'relu', 'prelu'].map((activation) => ({
    inputs: { x: [2, 13, 11, 5], filter: [3, 2, 5, 3], bias: [15], preluActivationWeights: [15] },
    attributes: { ...byChannel, dataFormat: 'NHWC', activation },
  })),
  Conv3D: [{ inputs: { x: [2, 6, 7, 5, 3], filter: [3, 2, 2, 3, 4] }, attributes: volume }],
  Conv3DBackpropInputV2: [
    {
      inputs: { dy: [2, 6, 4, 5, 4], filter: [3, 2, 2, 3, 4] },
      attributes: { ...volume, inputShape: [2, 6, 7, 5, 3] },
    },
  ],
  Conv3DBackpropFilterV2: [
    {
      inputs: { x: [2, 6, 7, 5, 3], dy: [2, 6, 4, 5, 4] },
      attributes: { ...volume, filterShape: [3, 2, 2, 3, 4] },
    },
  ],
  MaxPool: [{ inputs: { x: [3, 13, 11, 7] }, attributes: pooled }],
  AvgPool: [{ inputs: { x: [3, 13, 11, 7] }, attributes: pooled }],
  AvgPoolGrad: [{ inputs: { dy: [3, 7, 6, 7], input: [3, 13, 11, 7] }, attributes: pooled }],
  MaxPool3D: [{ inputs: { x: [3, 6, 7, 8, 5] }, attributes: pooledVolume }],
  AvgPool3D: [{ inputs: { x: [3, 6, 7, 8, 5] }, attributes: pooledVolume }],
  AvgPool3DGrad: [{ inputs: { dy: [3, 6, 4, 4, 5], input: [3, 6, 7, 8, 5] }, attributes: pooledVolume }],
  MaxPoolGrad: [
    { inputs: { dy: [3, 7, 6, 7], input: [3, 13, 11, 7], output: [3, 7, 6, 7] }, attributes: pooled },
  ],
  Step: [...one({ alpha: 0 }), ...one({ alpha: 0.3 })],
  Cast: [{ inputs: { x: [37, 113] }, attributes: { dtype: 'float32' }, types: { x: 'int32' } }],
  GatherV2: [
    {
      inputs: { x: [11, 40], indices: [60] },
      attributes: { axis: 0, batchDims: 0 },
      types: { indices: 'int32' },
    },
    {
      inputs: { x: [30, 11, 5], indices: [4, 6] },
      attributes: { axis: 1, batchDims: 0 },
      types: { indices: 'int32' },
    },
  ],
  UnsortedSegmentSum: [
    {
      inputs: { x: [100, 30], segmentIds: [100] },
      attributes: { numSegments: 12 },
      types: { segmentIds: 'int32' },
    },
  ],
  Tile: [{ inputs: { x: [7, 5, 20] }, attributes: { reps: [2, 3, 2] } }],
  Select: [{ inputs: { condition: [37, 113], t: [37, 113], e: [37, 113] }, types: { condition: 'bool' } }],
  FusedBatchNorm: [
    {
      inputs: { x: [4, 13, 11, 7], mean: [7], variance: [7], scale: [7], offset: [7] },
      attributes: { varianceEpsilon: 0.01 },
      positive: true,
    },
    {
      inputs: { x: [4, 13, 11, 7], mean: [7], variance: [7] },
      attributes: { varianceEpsilon: 0.01 },
      positive: true,
    },
  ],
}
