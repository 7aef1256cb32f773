/** The update of a stage's optimizer as text: `update(path, change, at)`, and which regions it calls. */
import type { OptimizerSettings, OptimizerSpec, Stage } from '../../check/program.ts'
import { scheduleText } from './schedule-text.ts'

interface Formula {
  /** Regions of std/standalone-trainer.ts. */
  readonly regions: readonly string[]
  /** What is done with `rate` and the state. */
  readonly lines: readonly string[]
}

const corrections = [
  'const t = change.state.updates',
  'const [first, root] = [1 / (1 - b1 ** t), 1 / Math.sqrt(1 - b2 ** t)]',
]
const direction = ['tiny', 'adaptive']
const adaptive = [...direction, 'descend']

const formulas: { readonly [kind in OptimizerSpec['kind']]: (settings: OptimizerSettings) => Formula } = {
  adamw: () => ({
    regions: adaptive,
    lines: [
      ...corrections,
      'descend(change, { betas, coupled: 0, size: rate * first, root, epsilon, decay: rate * weightDecay })',
    ],
  }),
  adam: () => ({
    regions: adaptive,
    lines: [
      ...corrections,
      'descend(change, { betas, coupled: weightDecay, size: rate * first, root, epsilon, decay: 0 })',
    ],
  }),
  bert_adam: () => ({
    regions: adaptive,
    lines: [
      'descend(change, { betas, coupled: 0, size: rate, root: 1, epsilon, decay: rate * weightDecay })',
    ],
  }),
  lamb: ({ trust = true, biasCorrection = true }) => ({
    regions: trust ? [...direction, 'trust'] : adaptive,
    lines: [
      ...(biasCorrection ? corrections : ['const [first, root] = [1, 1]']),
      trust
        ? 'return descendWithTrust(change, { betas, coupled: 0, size: first, root, epsilon, decay: weightDecay }, rate)'
        : 'descend(change, { betas, coupled: 0, size: rate * first, root, epsilon, decay: rate * weightDecay })',
    ],
  }),
  sgd: () => ({
    regions: ['tiny', 'momentum'],
    lines: ['descendWithMomentum(change, weightDecay, momentum, rate)'],
  }),
}

export interface OptimizerText {
  readonly regions: readonly string[]
  readonly lines: readonly string[]
}

export function optimizerText(stage: Stage, { kind, settings, groups }: OptimizerSpec): OptimizerText {
  const cases = groups.toReversed().map(({ parameters, settings: own }) => ({
    condition: conditionOf(parameters, stage.trained),
    ...formulaText(kind, own),
  }))
  const rest = formulaText(kind, settings)
  return {
    regions: [...new Set([rest, ...cases].flatMap(({ regions }) => regions))],
    lines: [
      ...cases.flatMap(({ condition, lines }) => [
        `if (${condition}) {`,
        ...lines.map((line) => `  ${line}`),
        '  return',
        '}',
      ]),
      ...rest.lines,
    ],
  }
}

function formulaText(kind: OptimizerSpec['kind'], settings: OptimizerSettings): Formula {
  const { betas, epsilon, weightDecay, momentum } = settings
  const { regions, lines } = formulas[kind](settings)
  const text = lines.join('\n')
  const values: readonly (readonly [string, string])[] = [
    ['betas', `[${betas.join(', ')}] as const`],
    ['epsilon', String(epsilon)],
    ['weightDecay', String(weightDecay)],
    ['momentum', String(momentum)],
  ]
  const used = values.filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
  return {
    regions,
    lines: [
      `const rate = ${scheduleText(settings.rate)}`,
      ...used.map(([name, value]) => `const ${name} = ${value}`),
      ...(/\bb1\b/.test(text) ? ['const [b1, b2] = betas'] : []),
      ...lines,
    ],
  }
}

/** Which weights a group has: by the last part of their paths where that tells, else one by one. */
function conditionOf(parameters: ReadonlySet<string>, trained: readonly string[]): string {
  const ending = (key: string): string => key.slice(key.lastIndexOf('.') + 1)
  const endings = new Set([...parameters].map(ending))
  const alike = trained.filter((key) => endings.has(ending(key)))
  if (alike.length === parameters.size && alike.every((key) => parameters.has(key)))
    return `/\\.(${[...endings].join('|')})$/.test(path)`
  return `${JSON.stringify(trained.filter((key) => parameters.has(key)))}.includes(path)`
}
