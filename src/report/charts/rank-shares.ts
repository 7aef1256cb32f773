/** A bar for each rank of a stage: how much of its time it computed, waited and communicated. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { RanksData } from '../schema.ts'
import { picture, rect, text, tipped } from './svg.ts'
import { fitting, percent, widthOf } from './words.ts'

const width = 540
/** The most room for the name of a machine. */
const widest = 110
const tall = 26
const top = 2

/** From left to right. */
export const activities = ['computing', 'waiting', 'communicating'] as const

export function rankShares(ranks: RanksData['ranks'], label: string): Markup {
  const named = Math.max(0, ...ranks.map(({ rank }) => widthOf(`${rank}`, 11.5, true))) + 9
  const left = named + Math.min(widest, Math.max(0, ...ranks.map(({ host }) => widthOf(host)))) + 10
  const room = width - left
  return picture(
    width,
    top + tall * ranks.length,
    label,
    ranks.map((one, i) => {
      const y = top + tall * i
      const name = `${one.rank}`
      const shares = activities.map((what) => ({ what, share: one[what], words: percent(one[what], 0) }))
      return tipped(
        `rank ${name} on ${one.host}: ${shares.map(({ what, words }) => `${what} ${words}`).join(', ')}`,
        text(0, y + 17, name, 'b'),
        text(named, y + 17, fitting(one.host, widest), 'm'),
        shares.map(({ what, share, words }, k) => {
          const at = left + room * shares.slice(0, k).reduce((sum, before) => sum + before.share, 0)
          return [
            rect(at, y + 2, room * share, tall - 4, `share ${what}`),
            widthOf(words) + 8 <= room * share && text(at + 5, y + 17, words, 't'),
          ]
        }),
      )
    }),
  )
}
