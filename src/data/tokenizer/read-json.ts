import { existsSync } from 'node:fs'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { fileText } from '../../files/regular-file.ts'

/** The content of a JSON file; undefined if it is missing or no JSON. @throws as `fileText` */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(fileText(file))
  } catch (error) {
    if (error instanceof DiagnosticError) throw error
    return undefined
  }
}
