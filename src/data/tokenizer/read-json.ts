import { existsSync, readFileSync } from 'node:fs'

/** What a JSON file holds; undefined where it is not there or holds no JSON. */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
