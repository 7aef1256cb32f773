/**
 * The training step of a stage as a picture beside its text. Each box has its places in the text, so that one
 * leads to the other.
 */
import type { Location } from 'vscode-languageserver-types'
import type { Program, Stage } from '../check/program.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import { distillingStage } from '../draw/distilling-stage.ts'
import { originsOf } from '../draw/origins.ts'
import { pictureOf } from '../draw/picture.ts'
import { drawSvg } from '../draw/svg.ts'
import { compileStage } from '../lower/stage.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import type { Workspace } from './workspace.ts'

/** A place that a box comes from. */
export interface DrawnPlace extends Location {
  /** Its first line. */
  readonly text: string
}

/** What is drawn. */
export interface Drawing {
  readonly stage: string
  /** All stages of the spec. */
  readonly stages: readonly string[]
  /** In the light colours of the palette, which a page replaces by its own. */
  readonly svg: string
  /** The places of each box by its id in the SVG. The first declares it. */
  readonly boxes: Readonly<Record<string, readonly DrawnPlace[]>>
}

/** Why there is no picture. */
export interface NotDrawn {
  readonly reason: string
}

export interface DrawingOptions {
  readonly workspace: Workspace
  readonly uriOf: (path: string) => string
  /** Of the backend whose fused operations the picture has. */
  readonly capabilities: ReadonlySet<string>
}

/** @param name the stage, or the first of a family (default: the first that trains a model by another) */
export async function drawing(
  { workspace, uriOf, capabilities }: DrawingOptions,
  path: string,
  name?: string,
): Promise<Drawing | NotDrawn> {
  const checked = workspace.check(path)
  const { program } = checked
  if (!program) return { reason: 'the spec has errors' }
  const stages = program.stages.map((stage) => stage.name)
  const stage = stageOf(program, name)
  if (!stage)
    return { reason: name === undefined ? 'the spec has no stage' : `the spec has no stage ${name}` }
  const graphs = compileStage(program, stage, { passes: { disabled: new Set() }, capabilities })
  // Beside its text, a picture needs no folder in its title.
  const spec = path.split(/[\\/]/).at(-1) ?? path
  const picture = { ...pictureOf(program, stage, graphs, stageSizes(program, stage)), spec }
  const placeOf = (span: Span): DrawnPlace => ({
    uri: uriOf(checked.pathOf(span)),
    range: checked.linesOf(span.file).rangeOf(span),
    text: checked.sources.get(span.file)?.slice(span.start, span.end).split('\n')[0]?.trimEnd() ?? '',
  })
  const boxes = [...originsOf(picture, program, stage)].map(
    ([id, spans]) => [id, spans.map(placeOf)] as const,
  )
  return { stage: stage.name, stages, svg: await drawSvg(picture), boxes: Object.fromEntries(boxes) }
}

function stageOf(program: Program, name: string | undefined): Stage | undefined {
  if (name === undefined) return distillingStage(program) ?? program.stages[0]
  return program.stages.find((stage) => stage.name === name || stage.family?.name === name)
}
