/** The text of boxes: short lines, with the same words in all forms of a picture. */
import type { Box } from './boxes.ts'
import type { Picture } from './picture.ts'

/** `1.20 G`, `14.6 M`, `840`: a number and, behind a blank, its prefix. */
export function short(n: number): string {
  const [scale, prefix] = n >= 1e12 ? [1e12, 'T'] : n >= 1e9 ? [1e9, 'G'] : n >= 1e6 ? [1e6, 'M'] : [1e3, 'k']
  if (n < 1e4) return String(Math.round(n))
  const value = n / scale
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${prefix}`
}

/** `4.85 GFLOP` */
export function flops(n: number): string {
  const text = short(n)
  return text.includes(' ') ? `${text}FLOP` : `${text} FLOP`
}

/** `1.14 M parameters`; what a box before has counted is said to be shared. */
function parametersText({ parameters: n, shares }: Box): string {
  if (n === 0) return shares ? 'shared parameters' : 'no parameters'
  return `${short(n)} ${shares ? 'and shared parameters' : 'parameters'}`
}

/** Forward and backward: `4.85 + 9.68 GFLOP`. */
function workText(box: Box): string {
  const [forward, backward] = [flops(box.forward.flops), flops(box.backward.flops)]
  if (box.backward.ops === 0) return forward
  const unit = forward.slice(forward.indexOf(' '))
  const both = backward.endsWith(unit) ? forward.slice(0, -unit.length) : forward
  return `${both} + ${backward}`
}

/** The first line in bold, the others small. */
export function linesOf(box: Box, picture: Picture): readonly [string, ...string[]] {
  switch (box.kind) {
    case 'part': {
      if (box.unread.length > 0) return [box.title, clip(box.unread.join(', ')), parametersText(box)]
      const count = box.members.length > 1 ? `  \u00d7${box.members.length}` : ''
      const frozen = box.frozen && box.trained ? ' (frozen)' : ''
      return [`${box.title}${count}`, `${parametersText(box)}${frozen}, ${workText(box)}`]
    }
    case 'meeting':
      return [
        comparisonText(box),
        `${partnersOf(box, picture)}, ${workText(box)}`,
        ...(box.parameters > 0 ? [parametersText(box)] : []),
      ]
    case 'total':
      return ['minimize', clip(picture.minimize)]
    case 'batch':
      return ['batch', clip(batchInputs(box).join(', '))]
  }
}

function comparisonText({ comparisons }: Box): string {
  const texts = comparisons.map(({ term, projection }) =>
    projection === undefined ? term : `${term} through ${projection}`,
  )
  return clip(texts.join('  +  '))
}

/** `S layer 1` */
export function nameOf(box: Box): string {
  return box.owner === '' ? box.title : `${box.owner} ${box.title}`
}

/** What a meeting point compares, left to right: the layer map, pair by pair. */
function partnersOf(box: Box, picture: Picture): string {
  const sources = new Set(picture.edges.filter((e) => e.to === box.id).map((e) => e.from))
  const parts = picture.boxes.filter(({ id, kind }) => kind === 'part' && sources.has(id))
  const names = parts.sort((a, b) => a.column - b.column || a.row - b.row).map(nameOf)
  if (names.length === 1) return `${names[0]} and the batch`
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
  return names.join(names.length === 2 ? ' \u2194 ' : ', ')
}

/** What of the batch a step reads, without what the trainer computes. */
function batchInputs(box: Box): string[] {
  const names = box.members.flatMap(({ nodes }) =>
    nodes.flatMap((n) => (n.op === 'input' ? [String(n.attributes.name)] : [])),
  )
  return names.filter((name) => !/^(normaliser\[\d+\]|sample|places)$/.test(name))
}

function clip(text: string): string {
  return text.length > 48 ? `${text.slice(0, 47)}\u2026` : text
}
