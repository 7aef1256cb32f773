/** The source of all kernels, in the order in which its parts use each other, and their names. */
import { curves } from './curves.ts'
import { dropoutFunctions, dropoutSource } from './dropout.ts'
import { elementwiseFunctions, elementwiseSource } from './elementwise.ts'
import { int8Functions, int8Source } from './int8.ts'
import { int8ProductFunctions, int8ProductSource } from './int8-products.ts'
import { launchFunctions, launchSource } from './launch.ts'
import { lossFunctions, lossSource } from './losses.ts'
import { movementFunctions, movementSource } from './movement.ts'
import { normaliseFunctions, normaliseSource } from './normalise.ts'
import { prelude } from './prelude.ts'
import { productFunctions, productSource } from './products.ts'
import { softmaxFunctions, softmaxSource } from './softmax.ts'
import { sumsFunctions, sumsSource } from './sums.ts'
import { updateFunctions, updateSource } from './updates.ts'

export const source = [
  prelude,
  curves,
  elementwiseSource,
  softmaxSource,
  normaliseSource,
  lossSource,
  sumsSource,
  movementSource,
  dropoutSource,
  updateSource,
  int8Source,
  productSource,
  int8ProductSource,
  launchSource,
].join('\n')

export const functionNames = [
  ...elementwiseFunctions,
  ...softmaxFunctions,
  ...normaliseFunctions,
  ...lossFunctions,
  ...sumsFunctions,
  ...movementFunctions,
  ...dropoutFunctions,
  ...updateFunctions,
  ...int8Functions,
  ...productFunctions,
  ...int8ProductFunctions,
  ...launchFunctions,
] as const

export type FunctionName = (typeof functionNames)[number]
