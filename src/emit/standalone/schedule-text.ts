/** A rate as an expression of the moment `at`. */
import type { Schedule } from '../../check/program.ts'
import type { Term } from '../../check/tensor-term.ts'

export function scheduleText(schedule: Schedule): string {
  if (schedule.kind === 'constant') return String(schedule.rate)
  if (schedule.kind === 'expression') return termText(schedule.term)
  const { rate, warmup } = schedule
  const x = 'at.progress'
  const down = warmup < 1 ? `Math.max(0, (${rate} * (1 - ${x})) / (1 - ${warmup}))` : String(rate)
  return warmup > 0 ? `${x} < ${warmup} ? (${rate} * ${x}) / ${warmup} : ${down}` : down
}

const calls: { readonly [name: string]: (x: string) => string } = {
  negate: (x) => `-(${x})`,
  relu: (x) => `Math.max(0, ${x})`,
  sigmoid: (x) => `1 / (1 + Math.exp(-(${x})))`,
  stop_gradient: (x) => x,
}

const infix: { readonly [name: string]: string } = { '^': '**', '==': '===', '!=': '!==' }

/** As `evaluateScalar` of src/train/schedule.ts evaluates it. */
function termText({ operation, inputs }: Term): string {
  const [a = '', b = '', c = ''] = inputs.map(termText)
  switch (operation.op) {
    case 'number':
      return String(operation.value)
    case 'schedule':
      return `at.${operation.name}`
    case 'unary':
      return calls[operation.name]?.(a) ?? `Math.${operation.name}(${a})`
    case 'binary':
      if (operation.name === 'min' || operation.name === 'max') return `Math.${operation.name}(${a}, ${b})`
      return `((${a}) ${infix[operation.name] ?? operation.name} (${b}))`
    case 'compare':
      return `((${a}) ${infix[operation.name] ?? operation.name} (${b}) ? 1 : 0)`
    case 'select':
      return `((${a}) !== 0 ? ${b} : ${c})`
    default:
      throw new Error(`a rate cannot contain ${operation.op}`)
  }
}
