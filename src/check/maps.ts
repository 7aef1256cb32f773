/**
 * Layer maps: for each layer of the student, the layer of the teacher it is compared with. Layer 0, the
 * embedding, maps to 0.
 */

import {
  depthsDoNotDivide,
  mapEndWithoutLayers,
  mapOutsideTeacher,
  unknownMapForm,
  wrongMapLength,
} from '../diagnostics/messages/maps.ts'
import { wrongDeclaration } from '../diagnostics/messages/names.ts'
import { rangeTooLong } from '../diagnostics/messages/shapes.ts'
import type { MapDeclaration } from '../syntax/ast.ts'
import type { Expression, Path } from '../syntax/expressions.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import { describe } from './describe.ts'
import { integerOf, originsOf } from './extract.ts'
import type { FileScope } from './files.ts'
import { withLocal } from './scope.ts'
import { type NumberValue, POISON, type Value } from './values.ts'

interface End {
  readonly name: string
  readonly layers: NumberValue
}

export function layerMap(checker: Checker, declaration: MapDeclaration, file: FileScope): Value {
  const from = mapEnd(checker, declaration.from, file)
  const to = mapEnd(checker, declaration.to, file)
  if (!from || !to) return POISON
  const layers = targets(checker, declaration.value, from, to, file)
  if (!layers) return POISON
  const name = declaration.name.text
  for (const [i, { target, span }] of layers.entries()) {
    if (target >= 1 && target <= to.layers.value) continue
    const layer = i + 1
    const help = target === 0 ? 'only 0 maps to 0: the embedding to the embedding' : undefined
    return checker.fail(
      mapOutsideTeacher({ span, map: name, layer, target, teachers: to.layers.value, model: to.name, help }),
    )
  }
  return {
    kind: 'map',
    map: {
      name,
      from: from.name,
      to: to.name,
      layers: [0, ...layers.map(({ target }) => target)],
      span: declaration.span,
    },
  }
}

/** A model, teacher or student with a setting `layers`. */
function mapEnd(checker: Checker, path: Path, file: FileScope): End | undefined {
  const value = checker.walk(path, checker.scope(file))
  if (value.kind === 'poison') return undefined
  const name = checker.text(path.span)
  if (value.kind !== 'model' && value.kind !== 'instance') {
    checker.report(
      wrongDeclaration({
        span: path.span,
        name,
        wanted: 'a model, teacher or student',
        found: describe(value),
      }),
    )
    return undefined
  }
  const root = value.kind === 'model' ? checker.bareInstance(value.model).root : value.instance.root
  const layers = root.get('layers')
  if (layers?.kind === 'poison') return undefined
  if (layers?.kind === 'number' && Number.isInteger(layers.value)) {
    const { value: count } = layers
    if (count <= limits.members) return { name, layers }
    checker.report(
      rangeTooLong({ span: path.span, count, most: limits.members, secondary: originsOf([layers]) }),
    )
    return undefined
  }
  checker.report(mapEndWithoutLayers({ span: path.span, name }))
  return undefined
}

function targets(
  checker: Checker,
  e: Expression,
  from: End,
  to: End,
  file: FileScope,
): { target: number; span: Expression['span'] }[] | undefined {
  const scope = checker.scope(file)
  const [students, teachers] = [from.layers.value, to.layers.value]
  const each = (target: (layer: number) => number) =>
    Array.from({ length: students }, (_, i) => ({ target: target(i + 1), span: e.span }))
  const form =
    e.kind === 'name' ? e.name : e.kind === 'call' && e.callee.kind === 'name' ? e.callee.name : undefined
  if (form === 'uniform') {
    if (e.kind === 'call' && !isRoundFloor(e)) {
      checker.report(unknownMapForm({ span: e.span }))
      return undefined
    }
    if (e.kind === 'name' && teachers % students !== 0) {
      const secondary = originsOf([from.layers, to.layers])
      checker.report(
        depthsDoNotDivide({ span: e.span, from: from.name, to: to.name, students, teachers, secondary }),
      )
      return undefined
    }
    return each((layer) => Math.floor((layer * teachers) / students))
  }
  if (form === 'last') return each((layer) => teachers - students + layer)
  const value =
    form === undefined ? checker.evaluate(e, scope) : checker.lookup(form, file) && checker.evaluate(e, scope)
  if (value?.kind === 'poison') return undefined
  if (value?.kind === 'list') {
    if (value.items.length !== students) {
      const secondary = originsOf([from.layers])
      checker.report(
        wrongMapLength({
          span: e.span,
          entries: value.items.length,
          layers: students,
          model: from.name,
          secondary,
        }),
      )
      return undefined
    }
    const spans = e.kind === 'list' ? e.items.map((item) => item.span) : []
    return layersOf(value.items.map((item, i) => ({ item, span: spans[i] ?? e.span })))
  }
  if (value?.kind === 'lambda') {
    const { variable, body } = value
    const at = (layer: number) =>
      checker.evaluate(
        body,
        withLocal(value.scope, variable.text, { kind: 'number', value: layer }, variable.span),
      )
    return layersOf(Array.from({ length: students }, (_, i) => ({ item: at(i + 1), span: body.span })))
  }
  checker.report(unknownMapForm({ span: e.span }))
  return undefined

  function layersOf(entries: readonly { item: Value; span: Expression['span'] }[]) {
    const found: { target: number; span: Expression['span'] }[] = []
    for (const { item, span } of entries) {
      const target = integerOf(checker, item, span, scope, 'a layer')
      if (target === undefined) return undefined
      found.push({ target, span })
    }
    return found
  }
}

/** `uniform(round = floor)` */
function isRoundFloor(e: Extract<Expression, { kind: 'call' }>): boolean {
  const [argument, ...more] = e.arguments
  if (!argument || more.length > 0 || argument.name?.text !== 'round') return false
  return argument.value.kind === 'name' && argument.value.name === 'floor'
}
