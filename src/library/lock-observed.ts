/** The lock of a folder; the observer is told while it is made and removed. */
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
