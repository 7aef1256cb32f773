/**
 * The report as one page: no script, style, font or image from elsewhere, so that it opens from a file. The
 * policy in its head lets the browser run nothing but its own script, by hash.
 */

import { html, Markup } from '../../diagnostics/markup.ts'
import { withShortLabels } from '../focus.ts'
import type { ReportData, RunData } from '../schema.ts'
import { agreementSection } from './agreement.ts'
import { classSection, confusionSection, missingAnswers, numberSections } from './answers.ts'
import { card, pair, type Section } from './card.ts'
import { comparisonSection } from './comparison.ts'
import { compileSection, memorySection, speedSection } from './cost.ts'
import { architectureSection, modelSection, parameterSection, runsSection } from './models.ts'
import { againSection, nextSection } from './next.ts'
import { pagePolicy } from './policy.ts'
import { rankSection } from './ranks.ts'
import { plain } from './rich.ts'
import { pageScript } from './script.ts'
import { pageStyle } from './style.ts'
import { sweepSection } from './sweep.ts'
import { textSection } from './texts.ts'
import { trainingSection } from './training.ts'
import { header, verdict } from './verdict.ts'

export interface PageOptions {
  /** Whether the texts of examples are shown. */
  readonly texts: boolean
}

/** HTML. @throws nothing: what data lack is said on the page */
export function reportPage(data: ReportData, options: PageOptions): string {
  const [run] = data.runs
  if (!run) return ''
  const sections = sectionsOf(data, run, options)
  const names = [{ id: 'verdict', name: 'Verdict' }, ...sections]
  const policy = pagePolicy(pageStyle, pageScript)
  const page = html`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${plain(data.title)}</title>
<style>${new Markup(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">skip to the report</a>
${header(run, data.comparison)}
<nav aria-label="sections"><ul>${names.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main id="main">
${verdict(run)}
${sections.map(card)}
</main>
<footer>Written by <code>distill report ${run.folder}</code>. One file, no network.</footer>
<div id="tip" aria-hidden="true"></div>
<script>${new Markup(pageScript)}</script>
</body>
</html>
`
  return `<!doctype html>\n${page}`
}

/** In the order of the page. Two cards side by side are half as wide as the page. */
function sectionsOf(data: ReportData, run: RunData, options: PageOptions): Section[] {
  const perData = run.answers.flatMap((long, i) => {
    const suffix = i === 0 ? '' : `-${i + 1}`
    const { answers, prefix } = withShortLabels(long)
    return [
      ...pair(classSection(run, answers, suffix, prefix), confusionSection(run, answers, suffix)),
      textSection(run, answers, options, suffix),
    ]
  })
  return [
    comparisonSection(data),
    runsSection(data),
    sweepSection(data),
    modelSection(run),
    ...pair(architectureSection(run), parameterSection(run)),
    trainingSection(run),
    agreementSection(run),
    missingAnswers(run),
    ...perData,
    ...numberSections(run),
    ...pair(speedSection(run), memorySection(run)),
    rankSection(run),
    ...pair(compileSection(run), againSection(run)),
    nextSection(run),
  ].filter((section) => section !== undefined)
}
