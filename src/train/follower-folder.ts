/**
 * The folder of a rank other than 0: one of its own, which is removed at the end. Rank 0 alone writes
 * into the folder of the run. What a resumed run reads is linked or copied from there.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isInUse } from './folder-lock.ts'
import { RunFolder } from './run-folder.ts'

const prefix = 'distill-rank-'
/** Small, and changed by the run. */
const copied = ['config.json', 'spec.json', 'metrics.jsonl', 'tokenizers']
/** Large. A new file replaces the link, and leaves the one of rank 0 as it is. */
const linked = 'checkpoints'

/** Folders of ranks that were killed. One without a lock is just being made. */
function removeLeft(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name)
    if (existsSync(join(folder, 'lock')) && !isInUse(folder)) rmSync(folder, { recursive: true, force: true })
  }
}

/** @param run the folder of the run that is resumed */
export function followerFolder(run: string | undefined): RunFolder {
  removeLeft()
  const own = mkdtempSync(join(tmpdir(), prefix))
  if (run !== undefined) {
    for (const name of copied)
      if (existsSync(join(run, name))) cpSync(join(run, name), join(own, name), { recursive: true })
    const checkpoints = join(run, linked)
    if (existsSync(checkpoints)) {
      mkdirSync(join(own, linked))
      for (const name of readdirSync(checkpoints))
        symlinkSync(resolve(checkpoints, name), join(own, linked, name))
    }
  }
  return new RunFolder(own)
}
