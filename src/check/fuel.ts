/**
 * Limits the work of evaluating a spec. A few definitions can stand for 2^60 calls (`def d(x) = c(x) + c(x)`,
 * and so on), or nest deeper than the stack. Once a limit is exceeded, the rest of the spec is not evaluated.
 */
import { limits } from '../syntax/limits.ts'

export class Fuel {
  private expansions = 0
  private depth = 0
  private gone: 'depth' | 'expansions' | undefined

  /** @param from what was evaluated before counts, too */
  constructor(from?: Fuel) {
    this.expansions = from?.expansions ?? 0
  }

  /** The limit that was exceeded. */
  get out(): 'depth' | 'expansions' | undefined {
    return this.gone
  }

  /**
   * Enters one more evaluation, at a cost in expansions. False where a limit is exceeded; then there is
   * nothing to leave.
   */
  enter(cost: number): boolean {
    if (this.gone) return false
    this.expansions += cost
    if (this.expansions > limits.expansions) this.gone = 'expansions'
    else if (this.depth >= limits.depth) this.gone = 'depth'
    if (this.gone) return false
    this.depth++
    return true
  }

  leave(): void {
    this.depth--
  }
}
