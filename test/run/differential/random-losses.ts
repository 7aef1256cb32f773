/** Random losses over what two models have: every loss of the library and of the language, with masks, temperatures, maps, projections and suffixes. */
import type { Draw } from './draw.ts'
import type { HeadName, Model } from './random-model.ts'

export const library =
  `soften soft_cross_entropy logit_mse tinybert_prediction pkd fsp nst_mmd tinybert_attention attention_mse attention_mse_sum attention_ce
  attention_ce_mean feature_map_transfer mean_transfer variance_transfer attention_transfer minilm_attention minilm_values minilm_relation
  smooth_l1 rkd_distance rkd_angle`.split(/\s+/)

/** Losses that no library has. */
export const ownLosses = `def apart(s, t) = mean(abs(variance(s, over = unit) - variance(t, over = unit)) ^ 1.5 / (1 + mean(s ^ 2, over = unit)))
def turned(s, t) = mean(1 - sum(normalize(s) * normalize(t), over = unit))
def folded(s, t) = mean(2 * (3 * abs(0 - (s - t)) ^ 1) / 1 + 0) - mean(0 - (s - t))
def crossed(s, t) = mean((s + t) * (s - t) ^ 2 / (1 + abs(t + s)))
def above(s, t) = mean(if s > t then (s - t) ^ 2 else 0.1 * abs(s - t))`

export interface Setting {
  readonly draw: Draw
  readonly student: Model
  readonly teacher: Model
  readonly heads: readonly HeadName[]
  readonly classes: number
  /** A second teacher of the first one's model. */
  readonly two: boolean
}

interface Loss {
  readonly text: string
  /** What it compares decides which suffixes it may have; `fixed`: none. */
  readonly of: keyof typeof suffixes
}

const suffixes = {
  tokens: [
    '',
    '',
    'where masked',
    'where first_piece',
    'where any',
    'where attended',
    'per token',
    'per example',
    'within example',
    'per token where masked within example',
    'per (example, token) where first_piece',
  ],
  pairs: ['', '', 'where masked', 'where any', 'per token', 'per (example, token) within example'],
  examples: ['', '', 'per example'],
  fixed: [''],
} as const

const temperatures = ['1', '2', '0.5', '4 - 3 * progress'] as const

/** One to four terms, as texts. */
export function drawLosses(setting: Setting): string[] {
  const { draw } = setting
  return draw.some(catalogue(setting), 1, 4).map(({ text, of }) => {
    const suffix = draw.of(suffixes[of])
    return suffix === '' ? text : `(${text}) ${suffix}`
  })
}

function catalogue(setting: Setting): Loss[] {
  const { student, teacher } = setting
  return [
    ...headLosses(setting),
    ...stateLosses(setting),
    ...attentionLosses(setting),
    ...(student.hasPooler && teacher.hasPooler
      ? ([
          { of: 'fixed', text: '25 * rkd_distance(S.pooler, T.pooler)' },
          { of: 'fixed', text: 'rkd_angle(S.pooler, T.pooler)' },
        ] as const)
      : []),
  ]
}

function headLosses({ draw, heads, classes, two }: Setting): Loss[] {
  const has = (name: HeadName): boolean => heads.includes(name)
  const temperature = `temperature = ${draw.of(temperatures)}`
  const taught = (path: string): string => {
    if (!two) return `T.${path}`
    return draw.chance(0.5) ? `(T.${path} + U.${path}) / 2` : `(U.${path} + T.${path}) / 2`
  }
  const soft = (path: string): string => {
    const name = draw.of(['soften', 'soften', 'soft_cross_entropy', 'logit_mse', 'kl'])
    const pair = `S.${path}, ${taught(path)}`
    return name === 'kl' ? `kl(${pair})` : `${name}(${pair}, ${temperature})`
  }
  return [
    ...(has('task')
      ? ([
          { of: 'examples', text: soft('task.logits') },
          {
            of: 'fixed',
            text: `tinybert_prediction(S.task.logits, ${taught('task.logits')}, ${temperature})`,
          },
          { of: 'examples', text: 'cross_entropy(S.task.logits, batch.label)' },
          { of: 'examples', text: 'cross_entropy(S.task.logits, smooth(batch.label, 10%))' },
          {
            of: 'fixed',
            text: `cross_entropy(S.task.logits, batch.label, weights = [${Array.from({ length: classes }, (_, i) => i + 1).join(', ')}])`,
          },
        ] as const)
      : []),
    ...(has('mlm')
      ? ([
          { of: 'tokens', text: soft('mlm.logits') },
          { of: 'fixed', text: 'cross_entropy(S.mlm.logits, batch.original) where masked' },
        ] as const)
      : []),
    ...(has('tags')
      ? ([
          { of: 'tokens', text: soft('tags.logits') },
          { of: 'fixed', text: 'cross_entropy(S.tags.logits, batch.tags) where first_piece' },
        ] as const)
      : []),
    ...(has('qa')
      ? ([
          { of: 'fixed', text: `${soft('qa.start')}${draw.of(['', ' where any'])}` },
          {
            of: 'fixed',
            text: '(cross_entropy(S.qa.start, batch.start) + cross_entropy(S.qa.end, batch.end)) / 2',
          },
        ] as const)
      : []),
    ...(has('score')
      ? ([{ of: 'examples', text: `mse(S.score.value, ${taught('score.value')})` }] as const)
      : []),
    ...(has('order')
      ? ([{ of: 'examples', text: 'cross_entropy(S.order.logits, batch.order)' }] as const)
      : []),
  ]
}

/** Losses of the states of one layer, or of all of them. */
function stateLosses({ draw, student, teacher, two }: Setting): Loss[] {
  const m = draw.whole(0, student.layers)
  const projected = student.size !== teacher.size || draw.chance(0.3)
  const through = draw.of(['W', `V[${Math.max(1, m)}]`])
  const state = projected ? `${through}(S.hidden[${m}])` : `S.hidden[${m}]`
  const target = two ? `(T.hidden[g(${m})] + U.hidden[g(${m})]) / 2` : `T.hidden[g(${m})]`
  const pair = `${state}, ${target}`
  const each = projected ? draw.of(['W(S.hidden[m])', 'V[m](S.hidden[m])']) : 'S.hidden[m]'
  const of = 'tokens'
  return [
    { of, text: `mse(${pair})` },
    { of, text: `cosine_distance(${pair})` },
    { of, text: `feature_map_transfer(${pair})` },
    { of, text: `${draw.of(['mean_transfer', 'variance_transfer', 'apart'])}(S.hidden[${m}], ${target})` },
    { of, text: `smooth_l1(3 * ${pair})` },
    { of, text: `${draw.of(['turned', 'above', 'folded'])}(${pair})` },
    { of, text: `crossed(${pair})` },
    { of: 'fixed', text: `pkd(${pair})` },
    {
      of: 'fixed',
      text: `${draw.of(['sum', 'mean'])} m in 1..S.layers { mse(${each}, T.hidden[g(m)])${draw.of(['', ' where any', ' where masked'])} }`,
    },
    {
      of: 'fixed',
      text: `nst_mmd(S.hidden[0], S.hidden[${student.layers}], T.hidden[0], T.hidden[${teacher.layers}])`,
    },
    ...(projected
      ? [
          {
            of: 'fixed',
            text: `fsp(W(S.hidden[0]), W(S.hidden[${student.layers}]), T.hidden[0], T.hidden[${teacher.layers}])`,
          } as const,
        ]
      : []),
  ]
}

function attentionLosses({ draw, student, teacher }: Setting): Loss[] {
  const m = draw.whole(1, student.layers)
  const pair = `S.scores[${m}], T.scores[g(${m})]`
  const relations = draw.of(['query', 'key', 'value'])
  const related: Loss[] = [
    { of: 'fixed', text: `attention_mse_sum(${pair})` },
    { of: 'fixed', text: `attention_ce_mean(${pair})` },
    ...(student.size % 2 === 0 && teacher.size % 2 === 0
      ? [{ of: 'fixed', text: `minilm_relation(S.${relations}[${m}], T.${relations}[g(${m})], 2)` } as const]
      : []),
  ]
  if (student.heads !== teacher.heads) return related
  return [
    ...related,
    { of: 'pairs', text: `${draw.of(['attention_mse', 'attention_transfer'])}(${pair})` },
    { of: 'fixed', text: `sum m in 1..S.layers { tinybert_attention(S.scores[m], T.scores[g(m)]) }` },
    { of: 'fixed', text: `attention_ce(${pair})` },
    { of: 'fixed', text: `minilm_attention(${pair})` },
    { of: 'fixed', text: `minilm_values(S.value[${m}], T.value[g(${m})])` },
  ]
}
