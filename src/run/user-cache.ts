/** The folder of cached results for later runs of the same user. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder in the user's cache (`XDG_CACHE_HOME`, else `~/.cache`); perhaps it is not there yet. */
export function userCache(purpose: string): string {
  const { XDG_CACHE_HOME } = process.env
  const caches =
    XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME
  return join(caches, 'distill', purpose)
}
