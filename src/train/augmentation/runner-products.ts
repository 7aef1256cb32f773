/** Products of word vectors on a run's backend. */
import type { WordVectors } from '../../data/augmentation/word-vectors.ts'
import { Builder } from '../../graph/build.ts'
import { ops } from '../../graph/ops/index.ts'
import type { Runner, StoredParameter } from '../../run/runner.ts'
import type { RowProducts } from './nearest-words.ts'

export function runnerProducts({ words, dimensions, values }: WordVectors, runner: Runner): RowProducts {
  const builder = new Builder(ops)
  const input = builder.input('words', {
    dtype: 'f32',
    dimensions: [
      { axis: 'example', size: 'B' },
      { axis: 'unit', size: dimensions },
    ],
  })
  const vectors = builder.parameter('vectors', {
    dtype: 'f32',
    dimensions: [
      { axis: 'row', size: words.length },
      { axis: 'column', size: dimensions },
    ],
  })
  const bias = builder.parameter('zeros', { dtype: 'f32', dimensions: [{ axis: 'row', size: words.length }] })
  const cosines = builder.add('linear', [input, vectors, bias], { out: 'class' })
  const graph = builder.finish('nearest words', new Map([['cosines', cosines]]))
  const table: StoredParameter = { shape: [words.length, dimensions], data: values, version: 1 }
  const zeros: StoredParameter = { shape: [words.length], data: new Float32Array(words.length), version: 1 }
  const of = (rows: readonly number[]): ArrayLike<number> => {
    const x = new Float32Array(rows.length * dimensions)
    for (const [i, row] of rows.entries())
      x.set(values.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions)
    const outputs = runner.run(graph, {
      sizes: { B: rows.length, L: 1 },
      inputs: new Map([['words', { dtype: 'f32', shape: [rows.length, dimensions], data: x }]]),
      parameter: (name) => (name === 'vectors' ? table : zeros),
      random: { seed: 0, stage: 'evaluation', step: 0 },
    })
    const result = outputs.get('cosines')
    if (!result) throw new Error('the graph has no cosines')
    return result.data
  }
  const release = (): void => {
    runner.forget?.(graph)
    runner.dropCopies?.(['vectors', 'zeros'])
  }
  return { of, release }
}
