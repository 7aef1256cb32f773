import { existsSync } from 'node:fs'
import { parsedJson } from '../../files/json.ts'
import { fileText } from '../../files/regular-file.ts'

/** The content of a JSON file; undefined if it is missing or no JSON. @throws as `fileText` */
export function readJson(file: string): unknown {
  return existsSync(file) ? parsedJson(fileText(file)) : undefined
}
