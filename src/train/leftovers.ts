/** What a run that ended by a crash leaves in its folder, and what a finished one needs no longer. */
import { join } from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { isThere, namesIn, removeAll, writing } from '../disk/whole-files.ts'
import type { RunFolder } from './run-folder.ts'

/** Files that were not whole yet, as `writeAtomically` names them. */
const partial = /\.\d+\.partial$/

/** Removes files that a process of an earlier time did not finish. The lock must be held. */
export function clearPartial({ path, disk, tokenizers }: RunFolder): void {
  const folders = ['', 'checkpoints', 'best', 'answers'].map((name) => join(path, name))
  const vocabularies = namesIn(tokenizers, disk).map((name) => join(tokenizers, name))
  for (const folder of [...folders, ...vocabularies])
    for (const name of namesIn(folder, disk)) if (partial.test(name)) removeAll(join(folder, name), disk)
}

/**
 * Removes the caches of stages that are over: values of frozen models, and proposed words.
 * @param left the stages that are not, whose caches are kept
 */
export function clearCaches(folder: RunFolder, left: readonly string[] = []): void {
  const { disk } = folder
  const kept = new Set(left.map((stage) => folder.frozenOf(stage)))
  for (const caches of [folder.frozen, join(folder.path, 'augmentation')]) {
    if (!isThere(caches, disk)) continue
    const isProposals = caches !== folder.frozen
    for (const name of namesIn(caches, disk)) {
      const file = join(caches, name)
      if (!kept.has(file) && (left.length === 0 || !isProposals)) removeAll(file, disk)
    }
    removeEmpty(caches, disk)
  }
}

/** Removes a folder if nothing is in it. */
export function removeEmpty(path: string, disk: RunFolder['disk']): void {
  writing(path, () => {
    if (disk.stat(path)?.kind === 'folder' && disk.list(path).length === 0) disk.removeFolder(path)
  })
}

/** Removes what need not be removed: that it fails must not hide the error with which a run ends. */
export function tidy(remove: () => void): void {
  try {
    remove()
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
  }
}
