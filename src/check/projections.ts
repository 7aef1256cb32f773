/**
 * Projections: trained maps from the student's size to the teacher's, either one or one for each index of a
 * family.
 */
import { unknownProjectionKind } from '../diagnostics/messages/maps.ts'
import type { ProjectionDeclaration } from '../syntax/ast.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { indicesOf, sizeOf } from './extract.ts'
import type { FileScope } from './files.ts'
import type { Projection } from './program.ts'
import { POISON, type Value } from './values.ts'

const activations = ['linear', 'relu', 'tanh'] as const

export function projectionOf(checker: Checker, declaration: ProjectionDeclaration, file: FileScope): Value {
  const scope = checker.scope(file)
  const size = (path: Path) =>
    sizeOf(checker, checker.walk(path, scope), path.span, scope, 'the size of a projection')
  const from = size(declaration.from)
  const to = size(declaration.to)
  const { value, family, name, span } = declaration
  const activation = activations.find((known) => value.kind === 'name' && value.name === known)
  if (!activation) checker.report(unknownProjectionKind({ span: value.span }))
  const range = family?.range
  const indices =
    range &&
    indicesOf(checker, checker.evaluate(range, scope), range.span, scope, 'the indices of a projection')
  if (from === undefined || to === undefined || !activation || (family && !indices)) return POISON
  const parameters: Projection['parameters'][number][] = []
  for (const prefix of indices?.map((index) => `[${index}].`) ?? ['']) {
    parameters.push({ path: `${prefix}weight`, shape: [to, from], kind: 'linear' })
    parameters.push({ path: `${prefix}bias`, shape: [to], kind: 'bias' })
  }
  return {
    kind: 'projection',
    projection: { name: name.text, ...(indices ? { indices } : {}), from, to, activation, parameters, span },
  }
}
