import { existsSync, readFileSync } from 'node:fs'

/** The content of a JSON file; undefined if it is missing or no JSON. */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
