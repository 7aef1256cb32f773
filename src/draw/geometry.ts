/** Places in a picture, in points, with y upwards as in Graphviz. */

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rectangle {
  /** Centre. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
