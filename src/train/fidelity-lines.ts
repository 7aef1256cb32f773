/** The fidelity of a model as a short table, with a line for each family of taps. */

import { formatShare } from './format.ts'
import type { ModelFidelity, TapFidelity } from './observer.ts'

/** `T in int8 against float32, 32 examples:`, and a line for each family of taps. */
export function fidelityLines({ model, precision, examples, taps, least }: ModelFidelity): string[] {
  const rows = [...families(taps)].map(([name, members]) => {
    const cosines = members.map(({ cosine }) => cosine)
    const [low, high] = [Math.min(...cosines), Math.max(...cosines)].map((x) => x.toFixed(4))
    const agreement = members.flatMap(({ agreement: one }) => (one === undefined ? [] : [one]))
    const same = agreement.length === 0 ? '' : `   predictions agree ${formatShare(Math.min(...agreement))}`
    return { name, text: `cosine ${low === high ? low : `${low} to ${high}`}${same}` }
  })
  const width = Math.max(0, ...rows.map(({ name }) => name.length))
  const wanted = `at least ${least.cosine} and ${formatShare(least.agreement)}`
  return [
    `${model} in ${precision} against float32, ${examples} ${examples === 1 ? 'example' : 'examples'} (${wanted})`,
    ...rows.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`),
  ]
}

/** `hidden[0]` and `hidden[3]` become `hidden[0, 3]`. */
function families(taps: readonly TapFidelity[]): Map<string, TapFidelity[]> {
  const byName = new Map<string, TapFidelity[]>()
  for (const tap of taps) {
    const name = tap.path.replace(/\[\d+\]/, '[*]')
    byName.set(name, [...(byName.get(name) ?? []), tap])
  }
  return new Map(
    [...byName].map(([name, members]) => {
      const numbers = members.map(({ path }) => /\[(\d+)\]/.exec(path)?.[1] ?? '')
      return [name.replace('*', numbers.join(', ')), members]
    }),
  )
}
