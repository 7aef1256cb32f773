/** `distill data SPEC` prints what is in the files of a spec's data blocks, before anything is trained. */
import type { Command } from 'commander'
import { requireFiles } from '../../data/read-texts.ts'
import { openTokenizers } from '../../data/vocabularies.ts'
import { printDataSummary } from '../../explain/data/print.ts'
import { summarizeData } from '../../explain/data/summary.ts'
import { withSources } from '../../library/distill-error.ts'
import { requireName } from '../../library/open-run.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { wholeNumber } from '../option-values.ts'
import { print } from '../output.ts'
import { standardOutput } from '../terminal.ts'

interface DataFlags {
  data?: string
  show: number
  json?: boolean
  set?: Record<string, string>
}

export function register(program: Command): void {
  program
    .command('data')
    .description(
      'print what is in the data of a spec: counts, labels, lengths, unknown pieces, duplicates, leaks between parts, conflicting labels, examples',
    )
    .argument('<spec>', 'a .distill file')
    .option('--data <name>', 'only this data block')
    .option('--show <n>', 'number of examples to print as the model reads them', wholeNumber, 3)
    .option('--json', 'everything, unrounded, as JSON on standard output')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .action(async (path: string, flags: DataFlags) => {
      const checked = loadSpec(path, { ...(flags.set ? { set: flags.set } : {}), json: flags.json ?? false })
      if (!checked) return
      await withSources(checked.sources, () => {
        const { data } = checked
        if (flags.data !== undefined) requireName('data', flags.data, [...data.keys()])
        const blocks = [...data.values()].filter(({ name }) => (flags.data ?? name) === name)
        requireFiles(blocks)
        const tokenizers = openTokenizers(checked)
        const summaries = blocks.map((spec) => summarizeData(checked, spec, tokenizers, flags.show))
        const { columns, paint } = standardOutput()
        print(
          flags.json
            ? `${JSON.stringify({ data: summaries }, null, 2)}\n`
            : summaries.map((summary) => printDataSummary(summary, columns, paint)).join('\n'),
        )
      })
    })
}
