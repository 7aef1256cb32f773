/**
 * What ONNX Runtime's own optimizer is not to do, for the option `optimization.disable_specified_optimizers`.
 */
export const withoutFusions: string = [
  // An addition together with the normalisation after it is four times slower than both.
  'SkipLayerNormFusion',
  'BiasSkipLayerNormFusion',
  // What is moved in front of a product is moved because the product that takes it turned is slower
  // (operators/products.ts).
  'GemmTransposeFusion',
  // Equal nodes are one already, but for what is to be made a second time (pass rematerialize).
  'CommonSubexpressionElimination',
].join(';')
