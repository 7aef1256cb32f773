/**
 * The file operations of a run, as few as possible: an implementation can be a disk, storage of a browser, or
 * a simulated disk that fails. They are those of SQLite's VFS and of the browser's
 * FileSystemSyncAccessHandle. Names are paths. Failures are thrown as `node:fs` throws them, with `code` and
 * `syscall` (system-error.ts).
 */

/** An open file. Positions and sizes are in bytes. */
export interface OpenFile {
  size(): number
  /** Fills `into` from `at` on. Returns the number of bytes, which is smaller at the end of the file. */
  read(into: Uint8Array, at: number): number
  /** Returns the number of bytes written, which may be smaller. A gap before `at` is filled with zeros. */
  write(bytes: Uint8Array, at: number): number
  truncate(size: number): void
  /** Makes the contents durable: afterwards a power failure does not lose them. */
  sync(): void
  close(): void
}

export interface Stat {
  readonly kind: 'file' | 'folder'
  readonly size: number
  /** The time of the last change in milliseconds, by the clock of the disk. */
  readonly changed: number
}

/**
 * - `read`: an existing file, for reading
 * - `change`: a file that is made if it does not exist, for reading and writing
 * - `replace`: the same, and it is emptied
 */
export type OpenMode = 'read' | 'change' | 'replace'

export interface Disk {
  open(file: string, mode: OpenMode): OpenFile
  /** Replaces an existing file atomically. */
  rename(from: string, to: string): void
  /**
   * Gives a file a second name. Fails with EEXIST if the name is taken, atomically. Where there are no links,
   * it makes a durable copy.
   */
  link(file: string, name: string): void
  /** Removes a file. A missing one is no failure. */
  remove(file: string): void
  /** The names in a folder, in order. */
  list(folder: string): string[]
  /** Undefined if nothing is there. */
  stat(path: string): Stat | undefined
  /** Makes one folder. Fails with EEXIST if something is there. */
  makeFolder(folder: string): void
  /** Removes an empty folder. */
  removeFolder(folder: string): void
  /** Makes the names in a folder durable: files made, renamed and removed. */
  syncFolder(folder: string): void
  /** Free bytes where a folder is; absent where that is not known. */
  free?(folder: string): number
  /**
   * Writes the first byte of a file again every `interval` milliseconds until the returned function is
   * called, also while this thread computes. So its time of change shows that the process is alive. Absent
   * where no other process sees the files.
   */
  keepChanging?(file: string, interval: number): () => void
}
