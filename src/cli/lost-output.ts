/**
 * What happens where the output goes nowhere: its reader has closed the pipe, the disk is full, the terminal
 * was closed. Every command writes to the streams of the process, so this is one place for all.
 *
 * Standard error has messages and progress. A command goes on without them, and its exit code still tells how
 * it ended. Standard output has results. A reader that closed the pipe (`distill explain x | head`) has read
 * what it wanted, so the command ends quietly. Otherwise results are lost, which is an error. A training
 * writes results after all else is saved.
 */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { outputLost } from '../diagnostics/messages/runs.ts'
import { reasonOf } from '../disk/system-error.ts'
import { exitCodes, reportFailure } from './outcome.ts'

export function surviveLostOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.fine)
    process.exit(reportFailure(new DiagnosticError(outputLost({ reason: reasonOf(error) }))))
  })
}
