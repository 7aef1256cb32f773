/** The passes, in their order and with the reason for it. */
import type { Graph } from '../graph/graph.ts'
import type { Pass, PassContext, Phase } from './pass.ts'
import { chunkVocabularyLoss } from './passes/chunk-vocabulary-loss.ts'
import { donateBuffers } from './passes/donate-buffers.ts'
import { eliminateCommonSubexpressions } from './passes/eliminate-common-subexpressions.ts'
import { eliminateDeadNodes } from './passes/eliminate-dead-nodes.ts'
import { foldConstants } from './passes/fold-constants.ts'
import { fuseBiasActivation } from './passes/fuse-bias-activation.ts'
import { fuseDivergence } from './passes/fuse-divergence.ts'
import { fuseOptimizer } from './passes/fuse-optimizer.ts'
import { fuseResidualLayerNorm } from './passes/fuse-residual-layer-norm.ts'
import { fuseSoftmaxMaskDropout } from './passes/fuse-softmax-mask-dropout.ts'
import { gatherMaskedRows } from './passes/gather-masked-rows.ts'
import { hoistFrozen } from './passes/hoist-frozen.ts'
import { narrowDropoutMasks } from './passes/narrow-dropout-masks.ts'
import { reassociateLowRank } from './passes/reassociate-low-rank.ts'
import { recompute } from './passes/recompute.ts'
import { rematerialize } from './passes/rematerialize.ts'
import { removePadding } from './passes/remove-padding.ts'

/**
 * Before differentiation, so that gradients are derived from what is left; then on losses and gradients
 * together; then on how the result is run.
 */
export const pipeline: readonly Pass[] = [
  // First unread values, so that no other pass works on them.
  eliminateDeadNodes,
  // Then numbers: what folds away makes more nodes equal.
  foldConstants,
  // The fewest rows first: what is read at masked tokens only is not to become rows of all that are attended.
  gatherMaskedRows,
  removePadding,
  // When it is known of how many rows products are. Factorized matrices, before equal products are merged:
  // the order of a product decides which are equal.
  reassociateLowRank,
  // Students and teachers need the same masks, and losses the same values.
  eliminateCommonSubexpressions,
  // What is the same in every epoch, when it is as small as it gets: the cut goes through values that the
  // passes before have left.
  hoistFrozen,
  // When rows are as few as possible, and the cached values of a teacher are known: only values that are
  // still too wide are chunked. Before gradients, because each chunk has its own.
  chunkVocabularyLoss,
  // Gradients bring numbers of their own.
  { ...foldConstants, phase: 'step' },
  // Once more: differentiation makes some values of the forward graph in another order.
  { ...eliminateCommonSubexpressions, phase: 'step' },
  // Last the ops of backends: no earlier pass needs to know fused ops.
  fuseSoftmaxMaskDropout,
  // The softmaxes of a divergence's gradient are not attention's.
  fuseDivergence,
  // In any order, since they fuse different nodes: activations and layer norms, when no later pass reads
  // their parts.
  fuseBiasActivation,
  fuseResidualLayerNorm,
  // When it is known which op reads a mask. Before passes that need its size.
  narrowDropoutMasks,
  // When it is known which values a backend keeps: fewer if ops are fused. No pass after it may merge the
  // second computation with the first.
  recompute,
  // If no memory limit required it: activations that cost almost nothing to recompute. As late for the same
  // reasons.
  rematerialize,
  // How the finished graph is run; no node changes any more. What its results may be written over:
  donateBuffers,
  // What becomes of its gradients:
  fuseOptimizer,
]

/** The graph after all passes of a phase but the disabled ones; `ran` sees each pass with its result. */
export function optimize(
  graph: Graph,
  phase: Phase,
  context: PassContext,
  disabled: ReadonlySet<string>,
  ran?: (pass: Pass, result: Graph) => void,
  passes: readonly Pass[] = pipeline,
): Graph {
  return passes
    .filter((pass) => pass.phase === phase && !disabled.has(pass.name))
    .reduce((before, pass) => {
      const after = pass.run(before, context)
      ran?.(pass, after)
      return after
    }, graph)
}
