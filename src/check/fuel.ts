/**
 * How much evaluating one spec may take. Definitions repeat what they call, so a few lines can stand for 2^60 calls (`def d(x) = c(x) + c(x)`, and so on);
 * and they call one another, so that they could nest deeper than the stack. What runs out stays out: the rest of the spec is not evaluated.
 */
import { limits } from '../syntax/limits.ts'

export class Fuel {
  private expansions = 0
  private depth = 0
  private gone: 'depth' | 'expansions' | undefined

  /** What ran out. */
  get out(): 'depth' | 'expansions' | undefined {
    return this.gone
  }

  /** One evaluation more inside those that have not been left, at a cost in expansions. False where fuel is out; then there is nothing to leave. */
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
