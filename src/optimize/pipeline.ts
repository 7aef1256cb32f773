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
  // First unread values, so that no other pass looks at them.
  eliminateDeadNodes,
  // Then numbers: what folds away makes more nodes equal.
  foldConstants,
  // The fewest rows first: what is read at masked tokens only is not to become rows of all that are attended.
  gatherMaskedRows,
  removePadding,
  // When it is known of how many rows products are. Factorized matrices, before equal products are merged:
  // the order of a product decides which are equal.
  reassociateLowRank,
  // Students and teachers ask for the same masks, and losses for the same values.
  eliminateCommonSubexpressions,
  // What is the same in every epoch, when it is as small as it gets: the cut goes through values that the
  // passes before have left.
  hoistFrozen,
  // When rows are as few as they get, and what is kept of a teacher is known: only what is still too wide is
  // cut into shares. Before gradients: each share has its own.
  chunkVocabularyLoss,
  // Gradients bring numbers of their own.
  { ...foldConstants, phase: 'step' },
  // Again: differentiation asks for some values in another order than the forward graph has them.
  { ...eliminateCommonSubexpressions, phase: 'step' },
  // Last what belongs to backends: no pass before it has to know fused ops.
  fuseSoftmaxMaskDropout,
  // The softmaxes of a divergence's gradient are not attention's.
  fuseDivergence,
  // They look for nodes that the others leave alone, in any order: activations and layer norms, when nothing
  // before them may ask for them any more.
  fuseBiasActivation,
  fuseResidualLayerNorm,
  // When it is known which op reads a mask. Before what asks how large it is.
  narrowDropoutMasks,
  // When it is known what a backend keeps: fewer values are kept where ops are fused. Nothing after it may
  // make the second computation one with the first.
  recompute,
  // Where no limit asked for more: what costs nearly nothing to make again. For the same reasons so late.
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
