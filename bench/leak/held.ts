/** What a process of child.ts tells the one that started it. */

export interface Held {
  readonly step: number
  /** Of the process, in bytes, less what its JavaScript engine keeps for later use. */
  readonly resident: number
  /** What the runner says that it holds. */
  readonly memory: { readonly tensors: number; readonly bytes: number }
}

/** The exit code where the backend does not start. */
export const notUsable = 3
