/**
 * Lines above declarations: what a stage costs, with commands to train and to draw it; the parameters of
 * models; which value of a setting the spec is checked with. What a stage costs takes seconds to find: it
 * is not in the first answer.
 */
import type { CodeLens, Command, Range } from 'vscode-languageserver-types'
import type { Program } from '../check/program.ts'
import { bytes, flops, number } from '../explain/figures.ts'
import { type ReportOptions, reportSpec, type StageReport } from '../explain/report.ts'
import { sizeText, stagesOf } from './facts.ts'
import { choicesOf } from './switcher.ts'
import type { Workspace } from './workspace.ts'

/** The first two are commands of the editor: [uri, stage, settings]. The last one is of the server. */
export const lensCommands = {
  train: 'distill.train',
  graph: 'distill.graph',
  switchSetting: 'distill.switchSetting',
} as const

/** A lens whose stage is still to be reported. */
export interface StageAsked {
  readonly path: string
  readonly stage: string
}

export function lensesOf(workspace: Workspace, path: string, uri: string): readonly CodeLens[] {
  const checked = workspace.check(path)
  const file = checked.files.find((one) => one.path === path)
  if (!file) return []
  const program = workspace.program(path)
  const lines = checked.linesOf(file.file)
  const choices = new Map(choicesOf(workspace, path).map((choice) => [choice.name, choice]))
  return file.tree.declarations.flatMap((declaration): readonly CodeLens[] => {
    if (!('name' in declaration)) return []
    const name = declaration.name.text
    const range = lines.rangeOf(declaration.name.span)
    switch (declaration.kind) {
      case 'setting': {
        const choice = choices.get(name)
        if (!choice) return []
        const title =
          choice.now === choice.written
            ? `${choice.values.length} values`
            : `checked with ${name} = ${choice.now}`
        return [{ range, command: { title, command: lensCommands.switchSetting, arguments: [uri, name] } }]
      }
      case 'instance':
      case 'copy': {
        const instance = program?.instances.get(name)
        return program && instance ? [{ range, command: plain(sizeText(program, instance)) }] : []
      }
      case 'stage':
        return program
          ? stageLenses(program, { path, stage: name }, range, [uri, name, workspace.settings(path)])
          : []
      default:
        return []
    }
  })
}

/** A family has the lenses of its last stage, the largest. */
function stageLenses(
  program: Program,
  { path, stage }: StageAsked,
  range: Range,
  args: readonly unknown[],
): readonly CodeLens[] {
  const last = stagesOf(program, stage).at(-1)
  if (!last) return []
  const data: StageAsked = { path, stage: last.name }
  return [
    { range, data },
    { range, command: { title: 'train', command: lensCommands.train, arguments: [...args] } },
    { range, command: { title: 'graph', command: lensCommands.graph, arguments: [...args] } },
  ]
}

/** Nothing happens at a click. */
function plain(title: string): Command {
  return { title, command: '' }
}

/** What a lens says of a stage in the end. */
export function lensTitle(program: Program, { stage: name }: StageAsked, options: ReportOptions): string {
  const stage = reportSpec(program, { ...options, stages: [name] }).stages[name]
  if (!stage) return `${name}: no such stage`
  const { family } = stage
  const parts = [
    lengthText(stage),
    `${flops(stage.flops_per_step)} a step`,
    `peak ${bytes(stage.peak_bytes)}`,
  ]
  return `${family === null ? '' : `${name}: `}${parts.join(', ')}`
}

/** The updates of a stage, or its budget where the data is not there to be counted. */
function lengthText({ steps, budget }: StageReport): string {
  return steps === null ? (budget ?? 'no budget') : `${number(steps)} steps`
}

/** The lens with its title. */
export function resolved(lens: CodeLens, title: string): CodeLens {
  return { ...lens, command: plain(title) }
}
