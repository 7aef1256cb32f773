/** Choices in an order, each a function of a seed and of how many came before: the same seed gives the same choices on every machine. */
import { shuffled, uniform } from '../../../src/data/random.ts'

export class Draw {
  private readonly random: ReturnType<typeof uniform>
  private count = 0

  constructor(seed: number) {
    this.random = uniform('random spec', seed)
  }

  chance(probability: number): boolean {
    return this.random(this.count++) < probability
  }

  /** low .. high */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random(this.count++) * (high - low + 1))
  }

  of<T>(list: readonly [T, ...T[]]): T {
    return list[this.whole(0, list.length - 1)] ?? list[0]
  }

  /** `least` to `most` of them, in any order. */
  some<T>(list: readonly T[], least: number, most: number): T[] {
    const order = shuffled(list.length, this.random, this.count++)
    return [...order.slice(0, this.whole(least, most))].flatMap((i) => list.slice(i, i + 1))
  }
}
