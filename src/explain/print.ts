/** The report of a spec as text for people: aligned tables, at most 100 columns. */

import { exportText } from '../huggingface/exportable.ts'
import { printAugmentation } from './augmentation.ts'
import { printCache } from './cache.ts'
import { printEvaluation } from './evaluation.ts'
import { bytes, flops, indent, number, table, wrap, wrapList } from './figures.ts'
import { printTermNotes } from './losses.ts'
import { masksText } from './masks.ts'
import { printOptimizer } from './optimizer.ts'
import { printOptimizations } from './print-optimizations.ts'
import type { ProjectionReport } from './projections.ts'
import type { SpecReport, StageReport } from './report.ts'
import { printStarts } from './starts.ts'

export function printReport(report: SpecReport): string {
  const lines = [report.spec]
  const instances = [...Object.entries(report.teachers), ...Object.entries(report.students)]
  if (instances.length > 0) {
    const reference = instances[0]?.[1].parameters
    const base = reference ? reference.encoder + reference.heads : 0
    const rows = [['', '', 'parameters', `of ${instances[0]?.[0] ?? ''}`, 'encoder', 'heads', 'projections']]
    for (const [name, { model, parameters: p }] of instances) {
      const share = base > 0 ? `${((100 * (p.encoder + p.heads)) / base).toFixed(1)}%` : '-'
      const projections = p.projections > 0 ? number(p.projections) : '-'
      rows.push([name, model, number(p.total), share, number(p.encoder), number(p.heads), projections])
    }
    lines.push(...indent(table(rows, [false, false, true, true, true, true, true])))
    for (const [name, { precision, fidelity }] of instances) {
      if (fidelity === null) continue
      const least = `a cosine of ${fidelity.cosine} and predictions that agree at ${(100 * fidelity.agreement).toFixed(0)}%`
      const how = `${name} in ${precision}: compared with float32 on the first batch of a stage, with ${least} at least (train --dry-run prints it)`
      lines.push('', ...wrap(how, 4, 96))
    }
    const starts = instances.flatMap(([name, { starts_from }]) => printStarts(name, starts_from))
    if (starts.length > 0) lines.push('', ...starts)
    const exports = instances.flatMap(([name, { exports_as }]) =>
      exports_as === null ? [] : wrap(exportText(name, exports_as), 2, 98),
    )
    if (exports.length > 0) lines.push('', ...exports)
  }
  const models = Object.entries(report.models)
  if (models.length > 0) {
    lines.push('', '  models as declared')
    lines.push(
      ...indent(
        table(
          models.map(([name, m]) => [name, number(m.parameters)]),
          [false, true],
        ),
        4,
      ),
    )
  }
  for (const [name, map] of Object.entries(report.maps)) {
    const width = Math.max(...map.layers.map((l) => String(l).length), String(map.layers.length - 1).length)
    const cells = (values: readonly number[]) => values.map((v) => String(v).padStart(width)).join(' ')
    const [from, to] = [map.from, map.to]
    const label = Math.max(from.length, to.length)
    lines.push('', `  map ${name}`)
    lines.push(`    ${from.padEnd(label)}  ${cells(map.layers.map((_, m) => m))}`)
    lines.push(`    ${to.padEnd(label)}  ${cells(map.layers)}`)
  }
  for (const [name, projection] of Object.entries(report.projections))
    lines.push('', ...printProjection(name, projection))
  for (const [name, stage] of Object.entries(report.stages))
    lines.push('', ...printStage(name, stage), ...indent(printOptimizations(stage, report.backend), 4))
  for (const { family, stages, like } of report.others) {
    const names = stages.length > 1 ? `${stages[0]} to ${stages.at(-1)}` : stages[0]
    const line = `stages ${names} differ from ${like} only in their layer; --stage ${stages[0]} shows one, --stage ${family} all`
    lines.push('', ...wrap(line, 2, 96))
  }
  return `${lines.join('\n')}\n`
}

/** Where it is used, what is shared, who trains it, and where it is saved. */
function printProjection(name: string, p: ProjectionReport): string[] {
  const how = p.kind === 'linear' ? '' : `${p.kind}, `
  const times = Math.max(0, ...p.uses.map((use) => use.times))
  const shared =
    p.matrices > 1 ? `${p.matrices} matrices, one a layer` : times > 1 ? 'one for all layers' : 'one matrix'
  const lines = [
    `  projection ${name}  ${p.from} -> ${p.to}  ${how}${number(p.parameters)} parameters, ${shared}`,
  ]
  for (const { stage, terms, times: uses, trained } of p.uses) {
    const where = `${terms.join(' and ')} of stage ${stage}, ${uses === 1 ? 'once' : `${uses} times`}`
    lines.push(...wrap(`in ${where}: ${trained ? 'trained' : 'not trained'}`, 4, 96))
  }
  lines.push(
    p.uses.length > 0
      ? '    saved in checkpoints, but not in best/MODEL.safetensors and exports'
      : '    no stage uses it, so it is not trained and has no effect',
  )
  return lines
}

function printStage(name: string, stage: StageReport): string[] {
  const facts = [`train ${stage.train.join(' and ') || 'nothing'} (${number(stage.trained_parameters)})`]
  if (stage.data) facts.push(`data ${stage.data}`)
  const { batch, microbatch, at_once } = stage
  const parts = microbatch === batch ? '' : ` in micro-batches of ${microbatch}`
  facts.push(`batch ${batch}${parts}${at_once < microbatch ? `, ${at_once} computed at once` : ''}`)
  if (stage.budget) facts.push(stage.budget)
  const title = `  stage ${name}${stage.after ? ` after ${stage.after}` : ''}`
  const one = [title, ...facts].join('   ')
  const trained = facts.slice(0, 2)
  const lines =
    one.length <= 98 ? [one] : [[title, ...trained].join('   '), `    ${facts.slice(2).join('   ')}`]
  if (stage.optimizer) lines.push(...printOptimizer(stage.optimizer))
  if (stage.continues_optimizer)
    lines.push('    the optimizer keeps its state of the stage before (continue optimizer)')
  if (stage.evaluation) lines.push(...printEvaluation(stage.evaluation))
  if (stage.normalise === 'microbatch')
    lines.push('    the mean over micro-batches, each divided by its own counts (normalise = microbatch)')
  if (stage.partial === 'drop')
    lines.push('    examples that do not fill a batch are left out of the epoch (partial = drop)')
  const rows = [['term', 'weight', 'divided by', 'mask']]
  for (const term of stage.terms) {
    const divided = term.dividedBy.map(
      (d) =>
        d.axes.join(' x ') +
        (d.withinExample ? ' (within example)' : '') +
        (d.count > 1 ? `, x${d.count}` : ''),
    )
    rows.push([term.name, term.weight, divided.join('; ') || '-', masksText(term.masks, term.mixed)])
  }
  lines.push(...indent(table(rows, [false, false, false, false]), 4), ...stage.terms.flatMap(printTermNotes))
  if (stage.minimized !== null) lines.push(...wrap(`minimized: ${stage.minimized}`, 4, 96))
  lines.push(
    `    a full step of ${stage.batch} x ${stage.sizes.tokens}${maskedShare(stage)}: ${flops(stage.flops_per_step)}`,
    ...wrapList(workOf(stage), 6, 98),
    ...halfPadded(stage),
    ...(stage.augmentation ? printAugmentation(stage.augmentation) : []),
    ...(stage.cache ? printCache(stage.cache) : []),
    `    peak ${bytes(stage.peak_bytes)} (planned, micro-batch of ${stage.sizes.examples} x ${stage.sizes.tokens})`,
  )
  if (stage.unreached.length > 0) {
    lines.push(...wrap(`no loss reaches ${fold(stage.unreached)}: not updated, not decayed`, 4, 96))
  }
  if (stage.unread.length > 0)
    lines.push(...wrap(`not computed, because no loss reads it: ${beside(stage.unread)}`, 4, 96))
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
