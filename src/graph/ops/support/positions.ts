/**
 * Positions of a batch as dense rows. A live place is example x L + token. A dead place, which fills up a
 * bucket, is -1 - the place of a live one whose values it may repeat.
 */
import { placeAt } from '../../positions.ts'
import { withoutAxes } from '../../type.ts'
import { at, axisStride, countOf, type Operand } from './values.ts'

/** The example and token of a place; of a dead place, those of the place that it repeats. */
function livePlace(place: number, L: number): { readonly e: number; readonly t: number } {
  const live = placeAt(place)
  return { e: Math.floor(live / L), t: live % L }
}

/**
 * Visits every element of `dense` [.., position, ..] with that of `whole` [.., example, token, ..] at the
 * same place. An axis example or token that `whole` lacks is broadcast.
 */
export function eachPlace(
  dense: Operand,
  whole: Operand,
  places: ArrayLike<number>,
  L: number,
  visit: (inDense: number, inWhole: number, place: number) => void,
): void {
  const [example, token] = [axisStride(whole, 'example'), axisStride(whole, 'token')]
  const position = axisStride(dense, 'position')
  const others = withoutAxes(dense.type.dimensions, ['position']).map(({ axis }) => axis)
  const sizes = others.map((axis) => sizeAlong(dense, axis))
  const denseStrides = others.map((axis) => axisStride(dense, axis))
  const wholeStrides = others.map((axis) => axisStride(whole, axis))
  const count = countOf(sizes)
  for (let p = 0; p < places.length; p++) {
    const place = at(places, p)
    const { e, t } = livePlace(place, L)
    for (let n = 0; n < count; n++) {
      let rest = n
      let inDense = p * position
      let inWhole = e * example + t * token
      for (let k = sizes.length - 1; k >= 0; k--) {
        const index = rest % at(sizes, k)
        rest = (rest - index) / at(sizes, k)
        inDense += index * at(denseStrides, k)
        inWhole += index * at(wholeStrides, k)
      }
      visit(inDense, inWhole, place)
    }
  }
}

function sizeAlong({ type, value }: Operand, axis: string): number {
  return at(
    value.shape,
    type.dimensions.findIndex((d) => d.axis === axis),
  )
}
