/** Locks a folder, and calls the observer before and after each change of the lock. */
import type { Disk } from '../disk/disk.ts'
import { type FolderLock, lockFolder } from '../train/folder-lock.ts'
import type { RunObserver } from './train-observer.ts'

/** @throws DiagnosticError as `lockFolder` */
export function lockObserved(folder: string, disk: Disk, observer: RunObserver): FolderLock {
  const observed = <Result>(change: () => Result): Result => {
    observer.locking?.(true)
    try {
      return change()
    } finally {
      observer.locking?.(false)
    }
  }
  const lock = observed(() => lockFolder(folder, disk))
  return { disk: lock.disk, release: () => observed(() => lock.release()) }
}
