/** Models of a program in the precision that a contestant has. */
import type { ModelInstance, Program } from '../../src/check/program.ts'
import { lowPrecisions } from '../../src/graph/precision.ts'

export const precisionOptions = {
  'teacher-precision': { type: 'string', default: 'float32' },
  'student-precision': { type: 'string', default: 'float32' },
} as const

type Asked = { readonly [option in keyof typeof precisionOptions]: string }

/** Throws for a precision that there is not. */
export function inPrecision(program: Program, asked: Asked): Program {
  const changed = ([name, instance]: [string, ModelInstance]): [string, ModelInstance] => {
    const wanted = asked[instance.role === 'teacher' ? 'teacher-precision' : 'student-precision']
    const precision = (['float32', ...lowPrecisions] as const).find((known) => known === wanted)
    if (precision === undefined) throw new Error(`no precision ${wanted}`)
    return [name, { ...instance, precision }]
  }
  return { ...program, instances: new Map([...program.instances].map(changed)) }
}
