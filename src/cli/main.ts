#!/usr/bin/env node
/**
 * `distill`: the command line as a process. Standard error carries diagnostics and progress, standard output
 * results.
 */
import { exitCodes } from './outcome.ts'
import { run } from './program.ts'

// A reader that closes the pipe (`distill explain x | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.fine)
  throw error
})

process.exitCode = await run(process.argv)
