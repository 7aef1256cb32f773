/** The source of all kernels, in the order in which its parts use each other, and their names. */
import { curves } from './curves.ts'
import { prelude } from './prelude.ts'
import { softmaxFunctions, softmaxSource } from './softmax.ts'

export const source = [prelude, curves, softmaxSource].join('\n')

export const functionNames = [...softmaxFunctions] as const

export type FunctionName = (typeof functionNames)[number]
