/**
 * The files that sentence-transformers reads beside those of a class of transformers, by its documented
 * layout.
 */
import path from 'node:path'
import { z } from 'zod'
import type { ModelInstance } from '../../check/program.ts'
import { parameterKey } from '../../check/program.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { fileText } from '../../files/regular-file.ts'
import type { ParameterStore } from '../../train/parameters.ts'
import { readSafetensors, type WrittenTensor, writeSafetensors } from '../../weights/safetensors.ts'
import { denseActivations, type SentenceModule, type SentenceModules } from './modules.ts'

const names = { dense: 'Dense', normalize: 'Normalize' } as const

/**
 * @param size units of a state
 * @param maxLength tokens of a text, as the run read them
 */
export function writeSentenceFiles(
  { pooling, modules }: SentenceModules,
  own: ModelInstance,
  store: ParameterStore,
  { folder, size, maxLength }: { folder: string; size: number; maxLength: number },
): void {
  const write = (name: string, value: unknown): void =>
    writeAtomically(path.join(folder, name), [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)])
  const listed = [
    { name: 'Transformer', path: '' },
    { name: 'Pooling', path: '1_Pooling' },
    ...modules.map(({ kind }, k) => ({ name: names[kind], path: `${k + 2}_${names[kind]}` })),
  ]
  write(
    'modules.json',
    listed.map(({ name, path: place }, idx) => ({
      ...{ idx, name: `${idx}`, path: place },
      type: `sentence_transformers.models.${name}`,
    })),
  )
  write('sentence_bert_config.json', { max_seq_length: maxLength, do_lower_case: false })
  write('config_sentence_transformers.json', {
    prompts: {},
    default_prompt_name: null,
    similarity_fn_name: null,
  })
  write('1_Pooling/config.json', {
    word_embedding_dimension: size,
    pooling_mode_cls_token: pooling === 'cls',
    pooling_mode_mean_tokens: pooling === 'mean',
    pooling_mode_max_tokens: pooling === 'max',
    pooling_mode_mean_sqrt_len_tokens: false,
    pooling_mode_weightedmean_tokens: false,
    pooling_mode_lasttoken: false,
    include_prompt: true,
  })
  for (const [k, module] of modules.entries()) {
    if (module.kind !== 'dense') continue
    const place = `${k + 2}_${names.dense}`
    const tensors = denseTensors(module, own, store)
    const [rows, columns] = tensors.get('linear.weight')?.shape ?? []
    write(`${place}/config.json`, {
      in_features: columns,
      out_features: rows,
      bias: tensors.has('linear.bias'),
      activation_function: denseActivations[module.activation].name,
    })
    writeSafetensors(path.join(folder, place, 'model.safetensors'), tensors)
  }
}

function denseTensors(
  { weight, bias }: Extract<SentenceModule, { kind: 'dense' }>,
  own: ModelInstance,
  store: ParameterStore,
): Map<string, WrittenTensor> {
  const tensors = new Map<string, WrittenTensor>()
  for (const [name, place] of [['linear.weight', weight] as const, ['linear.bias', bias] as const]) {
    if (place === undefined) continue
    const { shape, data } = store.get(parameterKey({ owner: own.name, path: place }))
    tensors.set(name, { shape, data })
  }
  return tensors
}

const listing = z.array(z.object({ path: z.string(), type: z.string() }))
const poolingConfig = z.object({
  word_embedding_dimension: z.number(),
  pooling_mode_cls_token: z.boolean(),
  pooling_mode_mean_tokens: z.boolean(),
  pooling_mode_max_tokens: z.boolean(),
})
const denseConfig = z.object({ out_features: z.number(), bias: z.boolean(), activation_function: z.string() })

/** States of texts, a row a token: [B, L, units]. */
export interface States {
  readonly data: ArrayLike<number>
  readonly B: number
  readonly L: number
  readonly attended: (text: number, token: number) => boolean
}

/** The vector of each text as the files say it, in float64, by the arithmetic of sentence-transformers. */
export function vectorsByFiles(folder: string, states: States): readonly (readonly number[])[] {
  const json = (name: string): unknown => JSON.parse(fileText(path.join(folder, name)))
  const [, pooling, ...others] = listing.parse(json('modules.json'))
  let vectors = pooled(poolingConfig.parse(json(`${pooling?.path}/config.json`)), states)
  for (const { path: place, type } of others) {
    vectors = type.endsWith('.Normalize') ? vectors.map(normalized) : dense(folder, place, vectors)
  }
  return vectors
}

function pooled(config: z.infer<typeof poolingConfig>, { data, B, L, attended }: States): number[][] {
  const size = config.word_embedding_dimension
  return Array.from({ length: B }, (_, text) =>
    Array.from({ length: size }, (_, unit) => {
      const values = Array.from(
        { length: L },
        (_, token) => data[(text * L + token) * size + unit] ?? Number.NaN,
      )
      const live = values.filter((_, token) => attended(text, token))
      if (config.pooling_mode_cls_token) return values[0] ?? Number.NaN
      if (config.pooling_mode_max_tokens) return Math.max(...live)
      return live.reduce((sum, value) => sum + value, 0) / live.length
    }),
  )
}

/** F.normalize */
function normalized(vector: readonly number[]): number[] {
  const length = Math.max(Math.hypot(...vector), 1e-12)
  return vector.map((value) => value / length)
}

function dense(folder: string, place: string, vectors: readonly (readonly number[])[]): number[][] {
  const config = denseConfig.parse(JSON.parse(fileText(path.join(folder, place, 'config.json'))))
  const tensors = readSafetensors(path.join(folder, place, 'model.safetensors'))
  const weight = tensors.get('linear.weight')?.data ?? []
  const bias = config.bias ? tensors.get('linear.bias')?.data : undefined
  const activation = Object.values(denseActivations).find(({ name }) => name === config.activation_function)
  if (activation === undefined) throw new Error(`no activation ${config.activation_function}`)
  return vectors.map((vector) =>
    Array.from({ length: config.out_features }, (_, row) => {
      const start = row * vector.length
      const sum = vector.reduce((total, value, k) => total + value * (weight[start + k] ?? Number.NaN), 0)
      return activation.of(sum + (bias?.[row] ?? 0))
    }),
  )
}
