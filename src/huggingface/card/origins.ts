/**
 * What the folders that a model comes from say of it: its license, its languages, and their own names on the
 * Hub.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ModelInstance, Program } from '../../check/program.ts'
import { trainedOwners } from '../../check/trained.ts'
import { fileText, statOf } from '../../files/regular-file.ts'
import { checkpointsOf } from '../../train/checkpoints.ts'
import { elements, storedParameters } from '../../train/parameters.ts'
import { readableObject } from '../../weights/transformers/config-file.ts'
import { isHubName } from './hub-name.ts'
import { textsOfKey } from './yaml.ts'

/** What the Hub shows of a model and no run knows. Absent: not known. */
export interface HubFacts {
  readonly license?: string
  readonly languages: readonly string[]
  /** Names on the Hub. */
  readonly baseModels: readonly string[]
  readonly datasets: readonly string[]
}

/** A model beside which another one is shown. */
export interface ComparedModel {
  readonly name: string
  readonly parameters: number
}

/**
 * The teachers of a model: those that the losses of a stage that trains it read. A copy of a model after a
 * stage is that model.
 */
export function teachersOf(program: Program, { name }: ModelInstance): ModelInstance[] {
  const names = program.stages
    .filter((stage) => trainedOwners(stage).has(name))
    .flatMap(({ instances }) => instances)
  const teachers = [...program.instances.values()]
    .filter((one) => one.role === 'teacher' && names.includes(one.name))
    .map((one) => program.instances.get(one.copyOf?.instance ?? one.name) ?? one)
  return [...new Set(teachers)].filter((one) => one.name !== name)
}

export function comparedModel(instance: ModelInstance): ComparedModel {
  const parameters = storedParameters(instance).reduce(
    (sum, { parameter }) => sum + elements(parameter.shape),
    0,
  )
  return { name: instance.name, parameters }
}

/**
 * What is given, else what all folders say whose weights the model or a teacher of it starts from. A license
 * on which they do not agree is none.
 */
export function hubFacts(given: HubFacts, models: readonly ModelInstance[]): HubFacts {
  const places = new Set(models.flatMap((model) => checkpointsOf(model).map((one) => one.path)))
  const folders = [...places].map((place) => (isFolder(place) ? place : path.dirname(place)))
  const cards = folders.map(frontMatter)
  const licenses = new Set(cards.flatMap((card) => textsOfKey(card, 'license')))
  const [license] = licenses
  const known = given.license ?? (licenses.size === 1 ? license : undefined)
  const languages = cards.flatMap((card) => textsOfKey(card, 'language'))
  const bases = folders.flatMap((folder) => nameOnHub(folder) ?? [])
  return {
    // `other` needs a text that only its card has.
    ...(known === undefined || known === 'other' ? {} : { license: known }),
    languages: given.languages.length > 0 ? given.languages : [...new Set(languages)],
    baseModels: given.baseModels.length > 0 ? given.baseModels : [...new Set(bases)],
    datasets: given.datasets,
  }
}

function isFolder(place: string): boolean {
  return statOf(place)?.isDirectory() === true
}

/** The block between the first two lines `---` of README.md; empty where there is none. */
function frontMatter(folder: string): string {
  const file = path.join(folder, 'README.md')
  if (!existsSync(file)) return ''
  return /^---\n([\s\S]*?)\n---/.exec(fileText(file).replaceAll('\r\n', '\n'))?.[1] ?? ''
}

/** config.json may also have a path on the machine of who saved it. */
function nameOnHub(folder: string): string | undefined {
  const name = readableObject(folder)?.config._name_or_path
  return typeof name === 'string' && isHubName(name) ? name : undefined
}
