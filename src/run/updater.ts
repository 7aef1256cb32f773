/**
 * What a runner may offer beyond running graphs: gradients of micro-batches are summed where they are, weights and moments are updated there, in place. The
 * host gets losses and a norm, and arrays only when it asks for them.
 */
import type { Graph } from '../graph/graph.ts'
import type { ChangeableParameter, HostTensor, RunRequest } from './runner.ts'
import type { UpdateRule } from './update-rule.ts'

export interface ParameterUpdate {
  /** As in `RunRequest.parameter`. */
  readonly name: string
  readonly parameter: ChangeableParameter
  /** What the optimizer keeps for it: two moments for an `adaptive` rule, one buffer for `momentum`. */
  readonly slots: readonly ChangeableParameter[]
  readonly rule: UpdateRule
}

/** A capability of a runner. `Program` is what it runs: a graph. */
export interface Updater<Program = Graph> {
  /** Whether it can do such an update; where not, the caller updates on the host. */
  supports(rule: UpdateRule): boolean
  /**
   * Runs a program as `Runner.run` does, but outputs that `gradients` gives the name of a parameter for stay on the device, added to what is there since the last
   * update; gives the others.
   */
  accumulate(
    program: Program,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor>
  /** The norm of all sums of gradients together, in float64. */
  norm(): number
  /** A copy of the sum of a parameter's gradients. */
  gradient(name: string): Float32Array
  /** Updates parameters and slots (`changedOnDevice` tells them), and forgets all gradients. */
  update(updates: readonly ParameterUpdate[]): void
  /** Forgets all gradients: what is to be done where a loss is not finite. */
  discard(): void
}
