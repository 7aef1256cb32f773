/** The report of the latest run of a spec, in a tab. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { ColorThemeKind, ProgressLocation, ViewColumn, window } from 'vscode'
import type { Spec } from './spec.ts'
import { startOf, toolFor } from './tool.ts'

const run = promisify(execFile)

/** Of a run or a sweep: where it was started, and of what. */
interface Started {
  readonly path: string
  readonly created: string
}

/** The run or sweep of a spec that was started last, as `distill train --resume` finds it. */
async function latestRun({ folder, uri }: Spec): Promise<string | undefined> {
  const runs = join(folder, 'runs')
  const names = await readdir(runs).catch(() => [])
  const started: Started[] = []
  for (const path of names.map((name) => join(runs, name))) {
    for (const file of ['config.json', 'sweep.json']) {
      const text = await readFile(join(path, file), 'utf8').catch(() => '{}')
      const { spec, folder: from, created } = parsed(text)
      if (typeof spec !== 'string' || typeof from !== 'string' || typeof created !== 'string') continue
      if (resolve(from, spec) === uri.fsPath) started.push({ path, created })
    }
  }
  return started.sort((a, b) => a.created.localeCompare(b.created)).at(-1)?.path
}

/** A file that another process is writing may be no JSON yet. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

export async function showReport(spec: Spec): Promise<void> {
  const path = await latestRun(spec)
  if (path === undefined) {
    void window.showInformationMessage(`There is no run of ${spec.path} in ${join(spec.folder, 'runs')}.`)
    return
  }
  const page = await window.withProgress(
    { location: ProgressLocation.Notification, title: `distill report ${basename(path)}` },
    () => reportOf(path, spec.folder),
  )
  if (page === undefined) return
  const panel = window.createWebviewPanel(
    'distill.report',
    `Report of ${basename(path)}`,
    ViewColumn.Active,
    { enableScripts: true, enableFindWidget: true, localResourceRoots: [] },
  )
  panel.webview.html = page.replace('<html lang="en">', `<html lang="en" data-theme="${themeOfPages()}">`)
}

/** The page, whose own policy lets nothing in but its own script. Absent: the user was told why. */
async function reportOf(path: string, folder: string): Promise<string | undefined> {
  const tool = toolFor(folder)
  const { command, shell } = startOf(tool)
  const place = await mkdtemp(join(tmpdir(), 'distill-report-'))
  try {
    const file = join(place, 'report.html')
    await run(command, [...tool.arguments, 'report', path, '-o', file], { cwd: folder, shell })
    return await readFile(file, 'utf8')
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    void window.showErrorMessage(`distill report ${basename(path)}: ${said}`)
    return undefined
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

function themeOfPages(): 'dark' | 'light' {
  const { kind } = window.activeColorTheme
  return kind === ColorThemeKind.Dark || kind === ColorThemeKind.HighContrast ? 'dark' : 'light'
}
