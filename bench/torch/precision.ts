/** Models of a program in the precision that a contestant has. */
import type { ModelInstance, Program } from '../../src/check/program.ts'

export const precisionOptions = {
  'teacher-precision': { type: 'string', default: 'float32' },
  'student-precision': { type: 'string', default: 'float32' },
} as const

type Asked = { readonly [option in keyof typeof precisionOptions]: string }

/** Throws for a precision that there is not. */
export function inPrecision(program: Program, asked: Asked): Program {
  const changed = ([name, instance]: [string, ModelInstance]): [string, ModelInstance] => {
    const precision = asked[instance.role === 'teacher' ? 'teacher-precision' : 'student-precision']
    if (precision !== 'float32' && precision !== 'bf16' && precision !== 'int8')
      throw new Error(`no precision ${precision}`)
    return [name, { ...instance, precision }]
  }
  return { ...program, instances: new Map([...program.instances].map(changed)) }
}
