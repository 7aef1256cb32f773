/** The cases of all ops. */
import type { Cases } from './case.ts'
import { distributions } from './distributions.ts'
import { elementwise } from './elementwise.ts'
import { fused } from './fused.ts'
import { structural } from './structural.ts'

export const cases: Cases = { ...elementwise, ...structural, ...distributions, ...fused }
