/** What config.json of a folder of transformers calls the classes of its model. */
import { z } from 'zod'

const labelled = z.record(z.string().regex(/^\d+$/), z.string())

/**
 * The names in `id2label`, in the order of the classes; undefined where it does not name 0, 1, 2 ... once
 * each.
 */
export function classNames(id2label: unknown): readonly string[] | undefined {
  const parsed = labelled.safeParse(id2label)
  if (!parsed.success) return undefined
  const count = Object.keys(parsed.data).length
  const names = Array.from({ length: count }, (_, k) => parsed.data[k] ?? '')
  return count === 0 || names.includes('') || new Set(names).size !== count ? undefined : names
}

/** LABEL_0, LABEL_1 ...: what transformers writes if the classes have no names. */
export function areGeneric(names: readonly string[]): boolean {
  return names.every((name, k) => name === `LABEL_${k}`)
}
