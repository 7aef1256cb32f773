/** The weights of a model as a program lists them: path, shape, and the name that files of weights have. */
import type { ModelInstance } from '../../check/program.ts'
import { storedParameters } from '../../train/parameters.ts'
import { publishedName } from '../../weights/names.ts'
import { literalPieces } from '../pieces.ts'
import type { Row, TableForm } from '../weight-tables.ts'

function rows(instance: ModelInstance): Row[] {
  return storedParameters(instance).map(({ parameter: { path, shape, part } }) => {
    const name = publishedName(instance, path)
    const whole = literalPieces([path, shape, ...(name === undefined ? [] : [name])])
    return { whole, bare: whole, head: part === 'heads' }
  })
}

export const namesTable: TableForm = {
  rows,
  type: 'WeightRow[]',
  about: 'Weights: path, shape, and the name in files of other frameworks.',
}
