/** `distill report RUN...` shows what came of runs, or of a sweep, as one page or as data. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { reportOf } from '../../library/report.ts'
import { reportPage } from '../../report/page/page.ts'
import { print } from '../output.ts'

interface ReportFlags {
  output?: string
  json?: boolean
  /** `--no-texts` */
  texts: boolean
}

export function register(program: Command): void {
  program
    .command('report')
    .description('show what came of runs, or of a sweep, as one page')
    .argument('<run>', 'a run folder, or the folder of a sweep')
    .argument('[others...]', 'further run folders, to compare with it')
    .option('-o, --output <file>', 'the page (default: report.html in the folder)')
    .option('--json', 'the data of the page on standard output, as docs/report.schema.json describes them')
    .option('--no-texts', 'leave out the texts of examples')
    .action((run: string, others: readonly string[], { output, json, texts }: ReportFlags) => {
      const data = reportOf([run, ...others], { texts })
      if (json) {
        print(`${JSON.stringify(data)}\n`)
        return
      }
      const file = output ?? join(run, 'report.html')
      writeAtomically(file, [Buffer.from(reportPage(data, { texts }))])
      print(`${file}\n`)
    })
}
