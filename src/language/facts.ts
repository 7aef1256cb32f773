/** What the checker knows of a declaration: sizes, layers, divisors, steps. */

import { shortNumber } from '../check/describe.ts'
import type { DataSpec, LossTerm, ModelInstance, Program, Stage } from '../check/program.ts'
import { perClassText } from '../explain/figures.ts'
import { reportTerm, type TermReport } from '../explain/losses.ts'
import { masksText, modelTerms } from '../explain/masks.ts'
import { describeOptimizer } from '../explain/optimizer.ts'
import { countParameters, instanceParameters } from '../explain/parameters.ts'
import type { Declaration } from '../syntax/ast.ts'
import { curveText } from './curve.ts'
import { divisorsText } from './value-text.ts'

/** Lines of Markdown; none where nothing is known. */
export function factsOf(program: Program, declaration: Declaration): readonly string[] {
  if (!('name' in declaration)) return []
  const name = declaration.name.text
  switch (declaration.kind) {
    case 'instance':
    case 'copy':
      return instanceFacts(program, name)
    case 'model': {
      const model = program.models.get(name)
      return model ? [`${shortNumber(countParameters(model))} parameters`] : []
    }
    case 'setting': {
      const value = program.settings.get(name)
      return value === undefined ? [] : [`now \`${JSON.stringify(value)}\``]
    }
    case 'map': {
      const map = program.maps.get(name)
      return map ? [`layers \`${map.layers.join(' ')}\` of ${map.to}, from 0`] : []
    }
    case 'projection': {
      const projection = program.projections.get(name)
      if (!projection) return []
      const count = projection.parameters.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0)
      return [`${projection.from} -> ${projection.to}, ${shortNumber(count)} parameters`]
    }
    case 'data': {
      const data = program.data.get(name)
      return data ? [dataText(data)] : []
    }
    case 'loss':
      return lossFacts(program, name)
    case 'stage':
      return stagesOf(program, name)
        .slice(0, 1)
        .flatMap((stage) => stageFacts(stage))
    default:
      return []
  }
}

/** The stage of this name, or the members of its family. */
export function stagesOf({ stages }: Program, name: string): readonly Stage[] {
  return stages.filter((stage) => (stage.family?.name ?? stage.name) === name)
}

function instanceFacts(program: Program, name: string): readonly string[] {
  const instance = program.instances.get(name)
  if (!instance) return []
  return [sizeText(program, instance)]
}

/** `14,591,258 parameters, 13.0% of G`: of a student, its share of the first teacher without projections. */
export function sizeText(program: Program, instance: ModelInstance): string {
  const { total, per_class, encoder, heads } = instanceParameters(program, instance)
  const size = `${perClassText(total, per_class)} parameters`
  const teacher = [...program.instances.values()].find(({ role }) => role === 'teacher')
  if (instance.role !== 'student' || !teacher) return size
  const whole = instanceParameters(program, teacher)
  const share = (encoder + heads) / (whole.encoder + whole.heads)
  return `${size}, ${(100 * share).toFixed(1)}% of ${teacher.name}`
}

function dataText({ train, label, maxLength, mask, augment }: DataSpec): string {
  const files = train?.map(({ path }) => path) ?? []
  const labels = label && 'labels' in label ? label.labels?.length : undefined
  return [
    ...(files.length > 0 ? [files.join(', ')] : []),
    `at most ${maxLength} tokens`,
    ...(labels === undefined ? [] : [`${labels} labels`]),
    ...(mask ? ['masked'] : []),
    ...(augment ? ['augmented'] : []),
  ].join('; ')
}

function lossFacts(program: Program, name: string): readonly string[] {
  const ofModels = modelTerms(program)
  const lines = program.stages.flatMap((stage) =>
    stage.terms
      .filter((term) => isOf(term, name))
      .map((term) => `in ${stage.name}: ${termText(reportTerm(term, ofModels))}`),
  )
  const curves = program.stages.flatMap(({ terms, budget }) =>
    terms
      .filter((term) => isOf(term, name))
      .flatMap(({ weight, scheduled = [] }) => [
        ...(weight?.facts.readsSchedule ? [{ what: 'weight', term: weight }] : []),
        ...scheduled.map(({ argument = 'a number in it', term }) => ({ what: argument, term })),
      ])
      .map(({ what, term }) => `${what} \`${curveText({ kind: 'expression', term }, budget)}\``),
  )
  return [...new Set([...lines, ...curves])]
}

/** A loss with parameters may be named with its arguments: `hidn(S, G)`. */
function isOf(term: LossTerm, name: string): boolean {
  return term.name.replace(/\(.*$/, '').replace(/ #\d+$/, '') === name
}

/** `weight 1; divided by example x token x unit, 5 times; positions: attended` */
function termText(report: TermReport): string {
  const masks = masksText(report.masks, report.mixed)
  return [
    `weight ${report.weight}`,
    ...divisorsText(report.dividedBy),
    ...(masks === '-' ? [] : [`positions: ${masks}`]),
  ].join('; ')
}

function stageFacts({ budget, batch, data, optimizer, trained, terms }: Stage): readonly string[] {
  const length = budget && `${shortNumber(budget.amount)} ${budget.unit}`
  const first = [length, `batch ${batch}`, data && `data ${data}`].filter((part) => part !== undefined)
  return [
    first.join(', '),
    `${trained.length} trained tensors; losses: ${terms.map(({ name }) => name).join(', ')}`,
    ...(optimizer
      ? [describeOptimizer(optimizer), `rate \`${curveText(optimizer.settings.rate, budget)}\``]
      : []),
  ]
}
