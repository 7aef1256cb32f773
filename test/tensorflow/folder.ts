/** Where tests find TensorFlow: outside the checkout, so that `npm ci` leaves it alone and a later checkout finds it again. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder with `node_modules/@tensorflow/tfjs-node`; `install.ts` makes it. */
export function tensorflowFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'distill-tests', 'tfjs-node')
}
