/** A stage: what it trains on what, how long, how, and what that costs. */
import { printAugmentation } from './augmentation.ts'
import { printCache } from './cache.ts'
import { printEvaluation } from './evaluation.ts'
import { bytes, flops, number, perClassText, tie } from './figures.ts'
import { printOptimizer } from './optimizer.ts'
import type { StageReport } from './report.ts'

/** `stage distil after learn` */
export function stageTitle(name: string, { after }: StageReport): string {
  return `stage ${name}${after ? ` after ${after}` : ''}`
}

export function printStage(stage: StageReport): string[] {
  const facts = [
    `train ${stage.train.join(' and ') || 'nothing'} (${perClassText(stage.trained_parameters, stage.trained_per_class)})`,
  ]
  if (stage.data) facts.push(`data ${stage.data}`)
  const { batch, microbatch, at_once } = stage
  const parts = microbatch === batch ? '' : ` in micro-batches of ${microbatch}`
  facts.push(`batch ${batch}${parts}${at_once < microbatch ? `, ${at_once} computed at once` : ''}`)
  if (stage.budget) facts.push(stage.budget.replace(/^\d+(?= )/, (count) => number(Number(count))))
  const lines = [`    ${facts.join('; ').replace(/ (?=\S+(;|$))/g, tie)}`]
  if (stage.optimizer) lines.push(printOptimizer(stage.optimizer))
  if (stage.continues_optimizer)
    lines.push('    the optimizer keeps its state of the stage before (continue optimizer)')
  if (stage.evaluation) lines.push(...printEvaluation(stage.evaluation))
  if (stage.partial === 'drop')
    lines.push('    examples that do not fill a batch are left out of the epoch (partial = drop)')
  lines.push(
    `    a full step of ${stage.batch} x ${stage.sizes.tokens}${maskedShare(stage)}: ${flops(stage.flops_per_step)}`,
    `      ${workOf(stage)
      .map((part) => part.replaceAll(' ', tie))
      .join(', ')}`,
    ...halfPadded(stage),
    ...(stage.augmentation ? [printAugmentation(stage.augmentation)] : []),
    ...(stage.cache ? [printCache(stage.cache)] : []),
    `    peak ${bytes(stage.peak_bytes)} (planned, micro-batch of ${stage.sizes.examples} x ${stage.sizes.tokens})`,
  )
  if (stage.unreached.length > 0)
    lines.push(`    no loss reaches ${fold(stage.unreached)}: not updated, not decayed`)
  if (stage.unread.length > 0)
    lines.push(`    not computed, because no loss reads it: ${beside(stage.unread)}`)
  return lines
}

/** `, 15% masked` */
function maskedShare({ sizes: { examples, tokens, masked } }: StageReport): string {
  return masked === null ? '' : `, ${Math.round((100 * masked) / (examples * tokens))}% masked`
}

/** What it costs where padding is left out. */
function halfPadded({ half_padded_flops_per_step: half }: StageReport): string[] {
  return half === null ? [] : [`      ${flops(half)} with padding at every other position`]
}

const parts: readonly (readonly [keyof StageReport['flops_by_part'], string])[] = [
  ['teacher_forward', 'teacher forward'],
  ['teacher_backward', 'through the teacher'],
  ['student_forward', 'student forward'],
  ['student_backward', 'backward'],
  ['heads_and_projections', 'heads and projections'],
  ['losses', 'losses'],
]

/** `teacher forward 353 G`, `student forward 19.4 G` ...: what is a thousandth of the step at least. */
function workOf({ flops_by_part: work, flops_per_step: whole }: StageReport): string[] {
  return parts
    .filter(([key]) => work[key] > whole / 1000)
    .map(([key, words]) => `${words} ${flops(work[key]).replace('FLOP', '')}`)
}

/** `T.layer[9].ffn, T.layer[9].output` -> `T.layer[9].ffn, .output`, the first few of many. */
function beside(paths: readonly string[]): string {
  const parent = (path: string): string => path.replace(/\.[^.]*$/, '')
  const names = paths.map((path, i) => {
    const before = paths[i - 1]
    const under = parent(path)
    return before !== undefined && parent(before) === under && under.includes('.')
      ? path.slice(under.length)
      : path
  })
  const rest = names.length - 12
  return names.slice(0, 12).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** `S.pooler.weight, S.pooler.bias` -> `S.pooler` where long. */
function fold(paths: readonly string[]): string {
  const blocks = [...new Set(paths.map((p) => p.replace(/\.[^.]*$/, '')))]
  const shown = blocks.slice(0, 6)
  return shown.join(', ') + (blocks.length > shown.length ? ` and ${blocks.length - shown.length} more` : '')
}
