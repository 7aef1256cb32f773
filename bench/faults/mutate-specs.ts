/**
 * `npx tsx bench/faults/mutate-specs.ts [--from 0] [--to 1000000]`: mutants of specs through check and fmt. Prints each
 * that crashes, hangs, takes more than a second or 500 MB, or is checked otherwise after fmt.
 */
import { mutate } from './mutate.ts'

await mutate('specs')
