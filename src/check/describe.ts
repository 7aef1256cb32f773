/** Descriptions of values, as messages print them. */
import { shapeText } from './terms.ts'
import type { Value } from './values.ts'

export function describe(value: Value): string {
  switch (value.kind) {
    case 'number':
      return `the number ${shortNumber(value.value)}`
    case 'boolean':
      return 'a condition'
    case 'undecided':
      return 'a condition on a number of classes that is not known'
    case 'string':
      return 'a text'
    case 'list':
      return 'a list'
    case 'range':
      return `the range ${value.from}..${value.to}`
    case 'term':
      return describeTerm(value)
    case 'axis':
      return `the axis ${value.axis}`
    case 'labels':
      return `the ${value.identity.name}`
    case 'unsized':
      return 'labels of an unknown number of classes'
    case 'model':
      return `the model ${value.model.name}`
    case 'instance':
      return `the ${value.instance.role} ${value.instance.name}`
    case 'block':
      return 'a block'
    case 'repeat':
      return `the repeated block ${value.repeat.name}`
    case 'taps':
      return `the tap family ${value.taps.name}`
    case 'head':
      return `the head ${value.declaration.name.text}`
    case 'function':
      return `the ${value.declaration.kind === 'def' ? 'function' : 'loss'} ${value.declaration.name.text}`
    case 'lambda':
      return 'a function'
    case 'builtin':
      return `the built-in function ${value.name}`
    case 'map':
      return `the layer map ${value.map.name}`
    case 'projection':
      return `the projection ${value.projection.name}`
    case 'data':
      return `the data ${value.name}`
    case 'batch':
      return 'the batch'
    case 'stage':
      return `the stage ${value.declaration.name.text}`
    case 'quantity':
      return `${value.value} ${value.unit}`
    case 'size':
      return 'a size in bytes'
    case 'none':
      return 'none'
    case 'absent':
      return `\`${value.path}\`, which was left out`
    case 'poison':
      return 'nothing'
  }
}

function describeTerm({ term }: Extract<Value, { kind: 'term' }>): string {
  if (term.axes.length > 0) return `a tensor ${shapeText(term)}`
  return term.operation.op === 'schedule' ? `\`${term.operation.name}\`` : 'a single number of the batch'
}

/** `30,522`, `26.5`, `0.333333`: enough digits for a message. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(6)))
}
