/** Finds statements that are a call of a known function. */
import type { Family } from '../graph/families.ts'
import type { Block, RecordArgument, ShapePiece, ValueArgument } from './block.ts'
import type { Draft } from './draft.ts'
import type { Piece } from './pieces.ts'

/** The arguments with which a block equals the statements at `start`; undefined if it does not. */
export function matched(draft: Draft, start: number, block: Block): Found | undefined {
  const { period, keys } = block
  for (let offset = 0; offset < period; offset++)
    if (draft.keys[start + offset] !== keys[offset] || draft.places.has(start + offset)) return undefined
  const found = {
    models: [] as string[],
    numbers: [] as string[],
    indices: [] as number[][],
    records: [] as RecordArgument[],
    values: [] as ValueArgument[],
  }
  for (const [offset, shape] of block.shape.entries()) {
    const pieces = draft.statements.list[start + offset]?.pieces ?? []
    for (const [i, wanted] of shape.entries())
      if (!fits(draft, start, block, pieces[i] ?? '', wanted, found)) return undefined
  }
  return found
}

/** The value in place of the round before becomes the start of a loop. */
export function carryOver({ carries }: Block, families: readonly Family[], values: ValueArgument[]): void {
  for (const [i, offset] of carries) {
    const family = families[offset]
    const given = values[i]
    if (family === undefined || given?.kind !== 'same') continue
    family.carry = given.value
    values[i] = { kind: 'before', family }
  }
}

interface Found {
  readonly models: string[]
  readonly numbers: string[]
  readonly indices: number[][]
  readonly records: RecordArgument[]
  readonly values: ValueArgument[]
}

function fits(
  draft: Draft,
  start: number,
  block: Block,
  piece: Piece,
  wanted: ShapePiece,
  found: Found,
): boolean {
  if (typeof piece === 'string') return piece === wanted
  if ('model' in piece) {
    if (typeof wanted === 'string' || !('model' in wanted)) return false
    found.models[wanted.model] ??= piece.model
    return found.models[wanted.model] === piece.model
  }
  if ('number' in piece) {
    if (typeof wanted === 'string' || !('number' in wanted)) return false
    found.numbers[wanted.number] = piece.number
    return true
  }
  if ('index' in piece) {
    if (typeof wanted === 'string') return wanted === String(piece.index)
    if (!('index' in wanted)) return false
    found.indices[wanted.index] ??= [piece.index - wanted.plus]
    return found.indices[wanted.index]?.[0] === piece.index - wanted.plus
  }
  const { read } = piece
  if (typeof wanted === 'string') return false
  if ('number' in wanted) {
    const number = draft.numberAt(read)
    if (number !== undefined) found.numbers[wanted.number] = number
    return number !== undefined
  }
  if ('local' in wanted) return read === start + wanted.local
  if (read >= start && read < start + block.period) return false
  if ('value' in wanted) {
    if (draft.numberAt(read) !== undefined && block.parameters.values[wanted.value]?.type === 'Value')
      return false
    found.values[wanted.value] ??= { kind: 'same', value: read }
    const known = found.values[wanted.value]
    return known?.kind === 'same' && known.value === read
  }
  if (!('record' in wanted)) return false
  const place = draft.places.get(read)
  if (place === undefined || place.offset !== wanted.offset) return false
  if (place.call.block !== block.parameters.records[wanted.record]) return false
  found.records[wanted.record] ??= { call: place.call, first: place.round, step: 0 }
  const known = found.records[wanted.record]
  return known?.call === place.call && known.first === place.round
}
