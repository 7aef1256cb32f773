/** Tensors of a file beyond the last layer of the model: the file is of a model with more layers. */
import type { ModelInstance } from '../check/program.ts'
import { candidateNames } from './names.ts'

export interface BeyondModel {
  /** The tensors, in the order of the file. */
  readonly tensors: readonly string[]
  /**
   * What there is more of: `layers`, or a part of the tensors' names up to the index:
   * `encoder.albert_layer_groups.*`.
   */
  readonly what: string
  /** How many of it the file and the model have. */
  readonly found: number
  readonly own: number
}

/** Equal but for their numbers. */
function stencil(name: string): string {
  return name.replace(/\d+/g, '#')
}

function numbersIn(name: string): readonly number[] {
  return (name.match(/\d+/g) ?? []).map(Number)
}

/** Names of one pattern that the model has. */
interface Family {
  readonly numbers: (readonly number[])[]
  /** Layers that have such a name. */
  readonly layers: Set<string>
}

/**
 * @param wanted canonical paths of the parameters that are read from the file: others may be absent
 * @param unused names of the file that the model does not use
 */
export function tensorsBeyond(
  instance: ModelInstance,
  wanted: ReadonlySet<string>,
  unused: readonly string[],
): BeyondModel | undefined {
  const families = familiesOf(instance, wanted)
  const beyond = unused.flatMap((name) => {
    const family = families.get(stencil(name))
    const numbers = numbersIn(name)
    const at = numbers.findIndex((number, k) => number > Math.max(...valuesAt(family, k)))
    return family === undefined || at < 0 ? [] : [{ name, family, at, number: numbers[at] ?? 0 }]
  })
  const [first] = beyond
  if (first === undefined) return undefined
  const { family, at, name } = first
  const values = valuesAt(family, at)
  const start = Math.min(...values)
  const same = beyond.filter((one) => one.family === family && one.at === at)
  const own = new Set(values).size
  const isLayers = own === family.layers.size && own === instance.layers
  return {
    tensors: beyond.map((one) => one.name),
    what: isLayers ? 'layers' : partOf(name, at),
    found: Math.max(...same.map(({ number }) => number)) - start + 1,
    own,
  }
}

function familiesOf(instance: ModelInstance, wanted: ReadonlySet<string>): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>()
  for (const { path, canonical } of instance.parameters) {
    if (!wanted.has(canonical)) continue
    const layer = /\blayer\[(\d+)\]/.exec(path)?.[1]
    for (const name of candidateNames(instance, path)) {
      const key = stencil(name)
      const family: Family = families.get(key) ?? { numbers: [], layers: new Set() }
      families.set(key, family)
      family.numbers.push(numbersIn(name))
      if (layer !== undefined) family.layers.add(layer)
    }
  }
  return families
}

/** The numbers that the names of a family have in one place. */
function valuesAt(family: Family | undefined, at: number): readonly number[] {
  return family?.numbers.flatMap((one) => one[at] ?? []) ?? []
}

/** `encoder.layer.*` of `encoder.layer.3.output.dense.weight` */
function partOf(name: string, at: number): string {
  const places = [...name.matchAll(/\d+/g)]
  return `${name.slice(0, places[at]?.index)}*`
}
