/**
 * The positions of a batch as inputs of a graph: `positions.attended`, `positions.masked`,
 * `positions.first_piece`, each i32[position] in rising order. Dead places fill them up to a bucket (see
 * gather_positions.ts).
 */
import type { BatchSizes, RowSymbol } from '../graph/graph.ts'
import { type PositionKind, positionSymbols, positionsInput } from '../graph/positions.ts'
import { bucketed } from '../graph/type.ts'
import type { HostTensor } from './runner.ts'

const kinds = ['attended', 'masked', 'first_piece'] as const satisfies readonly PositionKind[]

export interface Positions {
  readonly sizes: BatchSizes
  readonly inputs: ReadonlyMap<string, HostTensor>
}

/**
 * Sizes and inputs of the kinds whose masks the batch has. Attended positions are those of the mask, and the
 * first of each example, which heads always read. Masked positions and first pieces are attended, too.
 */
export function positionsOf(
  batch: ReadonlyMap<string, HostTensor>,
  { B, L }: { readonly B: number; readonly L: number },
): Positions {
  const attended = batch.get('attended')?.data
  const counts: { [rows in RowSymbol]?: number } = {}
  const inputs = new Map<string, HostTensor>()
  for (const kind of kinds) {
    const mask = batch.get(kind)?.data
    if (mask === undefined || attended === undefined) continue
    const live: number[] = []
    for (let i = 0; i < B * L; i++) {
      const isLive = attended[i] !== 0 && mask[i] !== 0
      if (isLive || (kind === 'attended' && i % L === 0)) live.push(i)
    }
    const data = new Int32Array(bucketed(live.length)).fill(-1 - (live[0] ?? 0))
    data.set(live)
    counts[positionSymbols[kind]] = data.length
    inputs.set(positionsInput(kind), { dtype: 'i32', shape: [data.length], data })
  }
  return { sizes: { B, L, ...counts }, inputs }
}
