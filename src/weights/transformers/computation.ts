/**
 * Settings of a model in its folder's config.json that no shape of a tensor shows: heads, epsilon,
 * activation, positions, and layers, which may be shared.
 */
import { activationCalled, familyOf } from './config.ts'
import { type ConfigFile, readableObject } from './config-file.ts'
import type { Family } from './families.ts'

export interface Computation {
  /** The config.json. */
  readonly file: string
  readonly type: Family['type']
  readonly entries: readonly ConfigEntry[]
}
export interface ConfigEntry {
  /** Of the model in std/, where they are settings; positions are none. */
  readonly setting: 'heads' | 'layers' | 'epsilon' | 'activation' | 'positions'
  /** In the language's form: 12, 1e-12, gelu_tanh. An unknown function keeps its name. */
  readonly value: number | string
  /** Key, value and line in the file, or what the file means by leaving it out. */
  readonly text: string
}

/**
 * Undefined if there is no config.json, or one of an architecture outside the table. Invalid settings are
 * left out.
 */
export function computationIn(folder: string): Computation | undefined {
  const read = readableObject(folder)
  const family = read && familyOf(read.config)
  if (read === undefined || family === undefined) return undefined
  const entry = (
    setting: ConfigEntry['setting'],
    key: string,
    otherwise: number | string,
    meaning: (value: string) => string = (value) => value,
  ): readonly ConfigEntry[] => {
    const value = read.config[key] ?? otherwise
    if (typeof value !== typeof otherwise) return []
    if (typeof value === 'number') return [{ setting, value, text: textOf(read, key, value) }]
    return typeof value === 'string'
      ? [{ setting, value: meaning(value), text: textOf(read, key, value) }]
      : []
  }
  const sizes = (['heads', 'layers', 'epsilon'] as const).flatMap((setting) => {
    const size = family.sizes.find((one) => one.setting === setting)
    if (size !== undefined) return entry(setting, size.key, size.otherwise)
    // DistilBERT's classes have no key for it.
    const text = `its epsilon is always 1e-12 in the classes of ${family.type}`
    return setting === 'epsilon' ? [{ setting, value: 1e-12, text }] : []
  })
  const { key, otherwise } = family.activation
  const activation = entry('activation', key, otherwise, (named) => activationCalled(named) ?? named)
  const positions = entry('positions', 'position_embedding_type', 'absolute')
  return { file: read.file, type: family.type, entries: [...sizes, ...activation, ...positions] }
}

function textOf({ text, config }: ConfigFile, key: string, value: number | string): string {
  const shown = typeof value === 'number' ? shortNumber(value) : JSON.stringify(value)
  if (config[key] === undefined || config[key] === null) return `no "${key}", which means ${shown}`
  const at = text.search(new RegExp(`"${key}"\\s*:`))
  const lines = text.trim().split('\n').length
  const place = lines > 1 && at >= 0 ? ` in line ${text.slice(0, at).split('\n').length}` : ''
  return `"${key}": ${shown}${place}`
}

/** 12, 1e-12 */
export function shortNumber(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value)
}
