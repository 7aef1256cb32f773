/** Which layers correspond, and what projects the states of one model into the space of another. */
import type { Painter } from '../diagnostics/paint.ts'
import { number } from './figures.ts'
import type { ProjectionReport } from './projections.ts'
import type { SpecReport } from './report.ts'

/** Sections, each a list of lines. */
export function printMaps(report: SpecReport, paint: Painter, columns: number): string[][] {
  const maps = Object.entries(report.maps).map(([name, map]) => [
    `  ${paint.note(`map ${name}`)}`,
    ...layerPairs(map, columns),
  ])
  const projections = Object.entries(report.projections).map(([name, projection]) =>
    printProjection(name, projection, paint),
  )
  return [...maps, ...projections]
}

/** Two lines, one for each model, and two more where the layers do not fit beside each other. */
function layerPairs({ from, to, layers }: SpecReport['maps'][string], columns: number): string[] {
  const width = Math.max(...layers.map((l) => String(l).length), String(layers.length - 1).length)
  const label = Math.max(from.length, to.length)
  const each = Math.max(1, Math.floor((columns - label - 6) / (width + 1)))
  const lines: string[] = []
  for (let at = 0; at < layers.length; at += each) {
    const part = layers.slice(at, at + each)
    const cells = (values: readonly number[]) => values.map((v) => String(v).padStart(width)).join(' ')
    lines.push(`    ${from.padEnd(label)}  ${cells(part.map((_, m) => at + m))}`)
    lines.push(`    ${to.padEnd(label)}  ${cells(part)}`)
  }
  return lines
}

/** Where it is used, what is shared, who trains it, and where it is saved. */
function printProjection(name: string, p: ProjectionReport, paint: Painter): string[] {
  const how = p.kind === 'linear' ? '' : `${p.kind}, `
  const times = Math.max(0, ...p.uses.map((use) => use.times))
  const shared =
    p.matrices > 1 ? `${p.matrices} matrices, one a layer` : times > 1 ? 'one for all layers' : 'one matrix'
  const lines = [
    `  ${paint.note(`projection ${name}`)}  ${p.from} -> ${p.to}  ${how}${number(p.parameters)} parameters, ${shared}`,
  ]
  for (const { stage, terms, times: uses, trained } of p.uses) {
    const where = `${terms.join(' and ')} of stage ${stage}, ${uses === 1 ? 'once' : `${uses} times`}`
    lines.push(`    in ${where}: ${trained ? 'trained' : 'not trained'}`)
  }
  lines.push(
    p.uses.length > 0
      ? '    saved in checkpoints, but not in best/MODEL.safetensors and exports'
      : '    no stage uses it, so it is not trained and has no effect',
  )
  return lines
}
