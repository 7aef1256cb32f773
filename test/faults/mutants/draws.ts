/** Random draws of a mutant, by the number of the mutant: each can be made again alone. */

export class Draws {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A whole number from 0 to `below`, exclusive (SplitMix32). */
  below(below: number): number {
    this.state = (this.state + 0x9e37_79b9) >>> 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return ((z ^ (z >>> 15)) >>> 0) % below
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to draw from')
    return item
  }
}
