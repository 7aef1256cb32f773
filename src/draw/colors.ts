/**
 * The colours of pictures, for light and for dark backgrounds. An SVG has the light ones, and replaces them
 * if its reader prefers dark.
 */

export interface Shade {
  readonly light: string
  readonly dark: string
}

const shade = (light: string, dark: string): Shade => ({ light, dark })

export const palette = {
  page: shade('#ffffff', '#12161d'),
  ink: shade('#1c2430', '#e8ecf3'),
  muted: shade('#5c6779', '#9aa7ba'),
  line: shade('#8491a5', '#77849a'),
  lane: shade('#f7f8fa', '#191f29'),
  laneLine: shade('#dde2e9', '#2c3645'),
  student: shade('#e3eeff', '#16304f'),
  studentLine: shade('#2f6fc4', '#5b9bf0'),
  teacher: shade('#fcf0d8', '#40310f'),
  teacherLine: shade('#b57b14', '#dba43c'),
  loss: shade('#fde6ea', '#47161f'),
  lossLine: shade('#cc3650', '#f0647c'),
  batch: shade('#eceff3', '#262e3b'),
  batchLine: shade('#7f8b9d', '#8592a7'),
} as const satisfies { readonly [name: string]: Shade }

/** CSS that exchanges every colour of the palette where the reader prefers dark. */
export function darkStyle(): string {
  const rules = Object.values(palette).flatMap(({ light, dark }) => [
    `[fill="${light}"]{fill:${dark}}`,
    `[stroke="${light}"]{stroke:${dark}}`,
  ])
  return `@media (prefers-color-scheme: dark){${[...new Set(rules)].join('')}}`
}

/** CSS that gives the colours of an SVG those of the page around it. */
export function inheritedColours(): string {
  return Object.entries(palette)
    .map(
      ([name, { light }]) =>
        `[fill="${light}"]{fill:var(--${name})}[stroke="${light}"]{stroke:var(--${name})}`,
    )
    .join('')
}

/** The palette as CSS variables: light, dark by preference, and either by `data-theme`. */
export function pageColours(): string {
  const set = (which: keyof Shade): string =>
    Object.entries(palette)
      .map(([name, colour]) => `--${name}:${colour[which]};`)
      .join('')
  const dark = set('dark')
  return [
    `:root{color-scheme:light dark;${set('light')}}`,
    `@media (prefers-color-scheme: dark){:root{${dark}}}`,
    `:root[data-theme=light]{color-scheme:light;${set('light')}}`,
    `:root[data-theme=dark]{color-scheme:dark;${dark}}`,
  ].join('\n')
}
