/** Every loss of std/losses.distill, called with whatever of two models it takes: read from the library, so that a new loss is among them by itself. */
import { readFileSync } from 'node:fs'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'

const library = 'std/losses.distill'

export interface LibraryFunction {
  readonly name: string
  readonly parameters: readonly { readonly name: string; readonly hasDefault: boolean }[]
  /** Takes a student's side and a teacher's. */
  readonly isLoss: boolean
}

export function libraryFunctions(): readonly LibraryFunction[] {
  const { tree } = parseSource(library, readFileSync(library, 'utf8'))
  return tree.declarations.flatMap((item) => {
    if (item.kind !== 'def') return []
    const parameters = (item.parameters ?? []).map(({ name, defaultValue }) => ({
      name: name.text,
      hasDefault: defaultValue !== undefined,
    }))
    const isLoss = /^s1?$/.test(parameters[0]?.name ?? '') && parameters.length > 1
    return [{ name: item.name.text, parameters, isLoss }]
  })
}

/** A value of a model, and another one of its kind for losses of two. */
export type Taken = readonly [value: string, other: string]

/** A call of the loss for each of the values: of model `S` for parameters s, s1 and s2, of `T` for t, t1 and t2; 2 for a number without a default. */
export function callsOf({ name, parameters }: LibraryFunction, values: readonly Taken[]): readonly string[] {
  return values.map(([value, other]) => {
    const given = parameters.flatMap((parameter) => {
      const [, side, which] = /^([st])([12]?)$/.exec(parameter.name) ?? []
      if (side !== undefined) return [`${side.toUpperCase()}.${which === '2' ? other : value}`]
      return parameter.hasDefault ? [] : ['2']
    })
    return `${name}(${given.join(', ')})`
  })
}

/** Those of the losses that the checker admits. `specOf`: the spec that declares them as `loss l0 = ..` and so on, a line each. Throws where it is wrong beside them. */
export function admitted(
  losses: readonly string[],
  specOf: (losses: readonly string[]) => string,
): readonly string[] {
  const path = 'spec.distill'
  for (let left = losses; ; ) {
    const text = specOf(left)
    const { diagnostics, sources } = checkFile(path, {
      reader: (file) => (file.endsWith(path) ? text : undefined),
    })
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (errors.length === 0) return left
    const wrong = new Set(
      errors.flatMap(({ span, secondary = [] }) =>
        [span, ...secondary.map((label) => label.span)].flatMap((place) => {
          if (!place?.file.endsWith(path)) return []
          const line = text.slice(text.lastIndexOf('\n', place.start) + 1).split('\n', 1)[0] ?? ''
          const [, index] = /^loss l(\d+) = /.exec(line) ?? []
          return index === undefined ? [] : [Number(index)]
        }),
      ),
    )
    if (wrong.size === 0) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
    left = left.filter((_, i) => !wrong.has(i))
  }
}
