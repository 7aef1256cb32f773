/** The text of a function that loops call. */
import type { FunctionDeclarationStructure, OptionalKind } from 'ts-morph'
import { type Block, indexName, modelName, recordName, type ShapePiece } from './block.ts'
import type { Dialect } from './dialect.ts'
import { inComment } from './own-words.ts'
import { filled, quoted } from './pieces.ts'

/**
 * Values of this size are freed after their last reader, in bytes; others where their block
 * ends.
 */
export const wide = 32 * 2 ** 20

export type FunctionStructure = OptionalKind<FunctionDeclarationStructure>

/** Those tools that some lines use, `{ op, parameter }`. */
export function toolsOf(lines: readonly string[], { context }: Dialect): string {
  const text = lines.join('\n')
  const used = context.tools.filter((tool) => new RegExp(`(?<![\\w.])${tool}[.,(]`).test(text))
  return `{ ${used.join(', ')} }`
}

export function blockFunction(block: Block, dialect: Dialect): FunctionStructure {
  const { shape, locals, comments, results, parameters } = block
  let cited: string | undefined
  const released = releases(block)
  const lines = shape.flatMap((pieces, offset) => {
    const text = quoted(pieces.map((piece) => pieceText(piece, block)).join(''))
    const local = locals[offset]
    const comment = comments[offset]
    const cites = comment !== undefined && comment !== cited ? ` // ${inComment(comment)}` : ''
    cited = comment ?? cited
    const freed = released.get(offset)
    const release = freed === undefined ? [] : [dialect.release(freed)]
    if (local === undefined) return [`${text}${cites}`, ...release]
    const kept = results.has(offset) || dialect.frees === 'tidy'
    return [`${kept ? 'const' : 'using'} ${local} = ${text}${cites}`, ...release]
  })
  const returned = [...results].sort((a, b) => a - b).flatMap((offset) => locals[offset] ?? [])
  if (returned.length === 1) lines.push(`return ${returned[0]}`)
  else if (returned.length > 1) lines.push(`return { ${filled(returned, 110).join(',\n  ')} }`)
  const written = withShortWeights(lines, dialect)
  const { types, context } = dialect
  return {
    name: block.name,
    docs: [aboutBlock(block)],
    parameters: [
      { name: toolsOf(written, dialect), type: context.type },
      ...Array.from({ length: parameters.models }, (_, i) => ({ name: modelName(i), type: 'string' })),
      ...Array.from({ length: parameters.indices }, (_, i) => ({ name: indexName(i), type: 'number' })),
      ...block.numberParameters.map(({ name }) => ({ name, type: 'number' })),
      ...parameters.records.map((from, i) => ({
        name: recordName(i),
        type: `ReturnType<typeof ${from.name}>`,
      })),
      ...parameters.values.map(({ name, type }) => ({
        name,
        type: type === 'Value' ? types.value : types.operand,
      })),
    ],
    ...(returned.length === 0 ? { returnType: 'void' } : {}),
    statements: dialect.frees === 'tidy' ? tidied(written, returned.length > 0) : written,
  }
}

/** Statements after which `tf.tidy` frees what they do not return. */
export function tidied(lines: readonly string[], returns: boolean): string[] {
  return [`${returns ? 'return ' : ''}tf.tidy(() => {`, ...lines.map((line) => `  ${line}`), '})']
}

/** Wide values that only the block reads, by the statement of their last reader. */
function releases({ shape, locals, results, bytes }: Block): ReadonlyMap<number, readonly string[]> {
  const last = new Map<number, number>()
  for (const [offset, pieces] of shape.entries())
    for (const piece of pieces)
      if (typeof piece === 'object' && 'local' in piece) last.set(piece.local, offset)
  const released = new Map<number, string[]>()
  for (const [local, offset] of last) {
    const name = locals[local]
    if (name === undefined || results.has(local) || (bytes[local] ?? 0) < wide) continue
    released.set(offset, [...(released.get(offset) ?? []), name])
  }
  return released
}

function pieceText(piece: ShapePiece, { locals, parameters, numbers }: Block): string {
  if (typeof piece === 'string') return piece
  if ('local' in piece) return locals[piece.local] ?? ''
  if ('value' in piece) return parameters.values[piece.value]?.name ?? ''
  if ('number' in piece) return numbers[piece.number] ?? ''
  if ('model' in piece) return `\${${modelName(piece.model)}}`
  if ('index' in piece) {
    const text = linear(piece.plus, 1, indexName(piece.index))
    return piece.inCode ? text : `\${${text}}`
  }
  const name = recordName(piece.record)
  const from = parameters.records[piece.record]
  return from === undefined || from.results.size === 1 ? name : `${name}.${from.locals[piece.offset]}`
}

/** `layer in training, of S and T (std/bert.distill:31-43)` */
function aboutBlock({ name, comments, calls }: Block): string {
  const lines = new Map<string, number[]>()
  for (const comment of comments) {
    const [, file = '', line] = /^(.*):(\d+)$/.exec(comment ?? '') ?? []
    if (line !== undefined) lines.set(file, [...(lines.get(file) ?? []), Number(line)])
  }
  const places = [...lines].map(([file, all]) => {
    const [first, last] = [Math.min(...all), Math.max(...all)]
    return first === last ? `${file}:${first}` : `${file}:${first}-${last}`
  })
  const models = [...new Set(calls.flatMap((call) => call.arguments.models))].sort()
  const title = name.replace(/_\d+$/, '').replaceAll('_', ' ')
  const whose = models.length === 0 ? '' : `, of ${models.join(', ').replace(/, (\w+)$/, ' and $1')}`
  return `${title}${whose}${places.length === 0 ? '' : ` (${places.join(', ')})`}`
}

/** Weights of one layer are read by a function that knows the layer. */
function withShortWeights(lines: readonly string[], { types }: Dialect): string[] {
  const pattern = /parameter\(`([^`]*\]\.)([^`$]+)`\)/g
  const counts = new Map<string, number>()
  for (const line of lines)
    for (const [, prefix = ''] of line.matchAll(pattern)) counts.set(prefix, (counts.get(prefix) ?? 0) + 1)
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  if (most === undefined || most[1] < 3) return [...lines]
  const [prefix] = most
  const short = lines.map((line) =>
    line.replace(pattern, (all, own: string, rest: string) => (own === prefix ? `weight('${rest}')` : all)),
  )
  return [`const weight = (path: string): ${types.weight} => parameter(\`${prefix}\${path}\`)`, ...short]
}

/** `m + 1`, `11 - m`, `3 * m` */
export function linear(first: number, step: number, variable = 'm'): string {
  if (step === 0) return String(first)
  if (step === -1) return `${first} - ${variable}`
  const product = step === 1 ? variable : `${step} * ${variable}`
  return first === 0 ? product : `${product} ${first < 0 ? '-' : '+'} ${Math.abs(first)}`
}
