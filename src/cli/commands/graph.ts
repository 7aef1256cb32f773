/**
 * `distill graph SPEC --stage NAME -o FILE.svg|.dot|.html` draws the training step of a stage. Allocates no
 * weights.
 */
import type { Command } from 'commander'
import { DiagnosticError, type Sources } from '../../diagnostics/diagnostic.ts'
import { unknownPictureForm } from '../../diagnostics/messages/command-line.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { distillingStage } from '../../draw/distilling-stage.ts'
import { printDot } from '../../draw/dot.ts'
import { printHtml } from '../../draw/html.ts'
import { type Picture, pictureOf } from '../../draw/picture.ts'
import { renderSvg } from '../../draw/svg.ts'
import { assumedBackend, type BackendChoice } from '../../library/backends.ts'
import { readPasses } from '../../library/passes.ts'
import { compileStage } from '../../lower/stage.ts'
import { stageSizes } from '../../lower/stage-sizes.ts'
import { backendOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { print } from '../output.ts'
import { passesOption } from '../passes.ts'
import { stageNamed } from './compile.ts'

interface GraphOptions {
  stage?: string
  output: string
  backend: BackendChoice
  passes?: string
  set?: Record<string, string>
}

/** By ending of the file. */
const forms: { readonly [ending: string]: (picture: Picture, sources: Sources) => string | Promise<string> } =
  {
    svg: renderSvg,
    dot: printDot,
    html: printHtml,
  }

export function register(program: Command): void {
  program
    .command('graph')
    .description('draw the training step of a stage: its models, layers and losses')
    .argument('<spec>', 'a .distill file')
    .option('--stage <name>', 'the stage (default: the first that trains a model by another, else the first)')
    .requiredOption('-o, --output <file>', 'FILE.svg, FILE.dot, or FILE.html (zoom, search, open layers)')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .addOption(backendOption('the backend whose fused operations the picture shows'))
    .addOption(passesOption())
    .action(async (spec: string, options: GraphOptions) => {
      const ending = /\.(\w+)$/.exec(options.output)?.[1]?.toLowerCase() ?? ''
      const draw = Object.hasOwn(forms, ending) ? forms[ending] : undefined
      if (!draw)
        throw new DiagnosticError(unknownPictureForm({ path: options.output, endings: Object.keys(forms) }))
      const checked = loadSpec(spec, options)
      if (!checked) return
      const stage = stageNamed(checked, options.stage ?? distillingStage(checked)?.name)
      const { capabilities } = await assumedBackend(options.backend)
      // A cached teacher is drawn too, because the losses compare the student with it.
      const graphs = compileStage(checked, stage, { passes: readPasses(options.passes), capabilities })
      const picture = pictureOf(checked, stage, graphs, stageSizes(checked, stage))
      writeAtomically(options.output, [Buffer.from(await draw(picture, checked.sources))])
      print(`${options.output}\n`)
    })
}
