#!/usr/bin/env node
/**
 * `distill`: the command line as a process. Standard error carries diagnostics and progress, standard output
 * results.
 */
import { surviveLostOutput } from './lost-output.ts'
import { run } from './program.ts'

surviveLostOutput()
process.exitCode = await run(process.argv)
