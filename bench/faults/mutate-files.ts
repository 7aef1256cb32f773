/**
 * `npx tsx bench/faults/mutate-files.ts [--from 0] [--to 1000000]`: mutants of every format of files that Distill reads.
 * Prints each that crashes, hangs, takes more than a second or 500 MB, or throws anything but a diagnostic.
 */
import { mutate } from './mutate.ts'

await mutate('files')
