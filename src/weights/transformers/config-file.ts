/** Reads the config.json of a folder. */
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { fileLimits } from '../../files/limits.ts'
import { fileText } from '../../files/regular-file.ts'
import { type Config, describeConfig, type ModelDescription, unusable } from './config.ts'

const json = z.record(z.string(), z.unknown())

/** @throws DiagnosticError E0930 for what is not there, is no JSON, or describes another architecture */
export function readConfig(folder: string): ModelDescription {
  const { config, file } = readObject(folder)
  return describeConfig(config, file)
}

/** The content of a config.json. */
export interface ConfigFile {
  readonly file: string
  readonly text: string
  readonly config: Config
}

/** @throws DiagnosticError E0930 for what is not there or is no JSON object */
function readObject(folder: string): ConfigFile {
  const file = path.join(folder, 'config.json')
  if (!existsSync(file))
    throw unusable(folder, existsSync(folder) ? 'it has no config.json' : 'it is not there')
  if (statSync(file).size > fileLimits.config) throw unusable(file, 'it is longer than any config.json')
  const text = fileText(file)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw unusable(file, 'it is no JSON')
  }
  const config = json.safeParse(parsed)
  if (!config.success) throw unusable(file, 'it is no JSON object')
  return { file, text, config: config.data }
}

/** Undefined if there is no readable one. */
export function readableObject(folder: string): ConfigFile | undefined {
  try {
    return readObject(folder)
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}
