/**
 * The colours of the report, for light and for dark pages. Words have 4.5:1 on every ground that they stand
 * on (WCAG AA), so a model's colour for words (`studentInk`) is not always that of its marks.
 */
import type { Shade } from '../../draw/colors.ts'

const shade = (light: string, dark: string): Shade => ({ light, dark })

export const reportPalette = {
  page: shade('#f6f7f9', '#0f1319'),
  card: shade('#ffffff', '#171c24'),
  ink: shade('#1c2430', '#e8ecf3'),
  muted: shade('#556072', '#a3afc1'),
  line: shade('#dfe4ea', '#2a3340'),
  faint: shade('#eef1f4', '#1f2631'),
  accent: shade('#2459a8', '#8abaf7'),
  student: shade('#2f6fc4', '#5b9bf0'),
  studentInk: shade('#2459a8', '#8abaf7'),
  studentSoft: shade('#d7e6fb', '#1b3a61'),
  studentMid: shade('#8bb1e2', '#325d94'),
  teacher: shade('#b57b14', '#dba43c'),
  teacherInk: shade('#805000', '#e3b45a'),
  teacherSoft: shade('#fbebcb', '#473510'),
  teacherMid: shade('#dbb978', '#775719'),
  alone: shade('#6b7587', '#8b97aa'),
  aloneSoft: shade('#e3e7ed', '#2f3947'),
  aloneMid: shade('#b7bfcb', '#4b576a'),
  other: shade('#7a4fb5', '#b48be8'),
  otherSoft: shade('#e9def8', '#382654'),
  otherMid: shade('#bfa2e3', '#5f4391'),
  loss: shade('#c42f49', '#f0647c'),
  lossInk: shade('#b4263f', '#f5808f'),
  lossSoft: shade('#fbdde2', '#4b1822'),
  good: shade('#17693a', '#63cb90'),
  goodMid: shade('#a5d8b9', '#2a6a44'),
  goodSoft: shade('#ddf3e5', '#14331f'),
  warn: shade('#875000', '#f0b04c'),
  warnSoft: shade('#fdeed3', '#3c2a0a'),
  term0: shade('#3d79c6', '#5b93dd'),
  term1: shade('#e0a43a', '#c98f2e'),
  term2: shade('#c7566b', '#d4667c'),
  term3: shade('#4f9d78', '#4fb386'),
  term4: shade('#8a6bc4', '#a88be0'),
  term5: shade('#7d899a', '#8c99ab'),
  termInk0: shade('#2459a8', '#8abaf7'),
  termInk1: shade('#805000', '#e3b45a'),
  termInk2: shade('#b4263f', '#f5808f'),
  termInk3: shade('#1f6b45', '#5fc596'),
  termInk4: shade('#6a48ad', '#bba2ee'),
  termInk5: shade('#556072', '#a3afc1'),
  heat0: shade('#f1f4f8', '#1c232d'),
  heat1: shade('#e2ebf6', '#1d2b3d'),
  heat2: shade('#cfdff2', '#1f344f'),
  heat3: shade('#b7cfec', '#224064'),
  heat4: shade('#9dbfe7', '#28507f'),
  heat5: shade('#3a74bd', '#5b93dd'),
  heat6: shade('#2c63a9', '#7aabeb'),
  heat7: shade('#1f5190', '#9cc3f5'),
  heatInk: shade('#ffffff', '#0f1319'),
  rank0: shade('#c9d2de', '#3a4555'),
  rank1: shade('#a9c3e4', '#36547c'),
  rank2: shade('#7fa9dc', '#3f6ea8'),
  rank3: shade('#4a83cc', '#5591da'),
  rank4: shade('#2f6fc4', '#5b9bf0'),
} as const satisfies { readonly [name: string]: Shade }

/** CSS variables: light, dark by the reader's preference, either by `data-theme`, and light on paper. */
export function paletteStyle(): string {
  const set = (which: keyof Shade): string =>
    Object.entries(reportPalette)
      .map(([name, colour]) => `--${name}:${colour[which]};`)
      .join('')
  const [light, dark] = [set('light'), set('dark')]
  return [
    `:root{color-scheme:light dark;${light}}`,
    `@media (prefers-color-scheme:dark){:root{${dark}}}`,
    `:root[data-theme=light]{color-scheme:light;${light}}`,
    `:root[data-theme=dark]{color-scheme:dark;${dark}}`,
    `@media print{:root,:root[data-theme]{color-scheme:light;${light}}}`,
  ].join('\n')
}
