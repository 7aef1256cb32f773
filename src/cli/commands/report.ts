/** `distill report DATA.json -o FILE.html` writes the data of a report as one page. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { notARunFolder } from '../../diagnostics/messages/command-line.ts'
import { reportPage } from '../../report/page/page.ts'
import { type ReportData, reportSchema } from '../../report/schema.ts'
import { writeAtomically } from '../../weights/atomic-write.ts'

export function register(program: Command): void {
  program
    .command('report')
    .description('write what came of a run as one page')
    .argument('<data>', 'the data of a report as JSON')
    .requiredOption('-o, --output <file>', 'FILE.html')
    .option('--no-texts', 'leave out the texts of examples')
    .action((data: string, { output, texts }: { output: string; texts: boolean }) => {
      writeAtomically(output, [Buffer.from(reportPage(readData(data), { texts }))])
      process.stdout.write(`${output}\n`)
    })
}

function readData(path: string): ReportData {
  try {
    return reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    const help = 'name a file of the data of a report'
    throw new DiagnosticError(notARunFolder({ path, problem: 'cannot be understood', help }))
  }
}
