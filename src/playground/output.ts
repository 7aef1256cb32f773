/** Beside the editor: what the compiler says of the text, in the form that is chosen. */
import type { Client } from './client.ts'
import { currentLook, type Look } from './look.ts'
import { terminalNodes } from './printed.ts'
import type { Checked, ColoredWord, Edit, Form, Problem, Remedy, SpecText } from './protocol.ts'

export interface OutputOptions {
  readonly client: Client
  readonly spec: () => SpecText
  readonly parts: {
    readonly status: HTMLElement
    readonly panel: HTMLElement
    /** The command that prints the same. */
    readonly command: HTMLElement
    readonly stage: HTMLSelectElement
    readonly stages: HTMLElement
    readonly copy: HTMLButtonElement
    readonly fixes: HTMLElement
  }
  readonly color: (words: readonly ColoredWord[]) => void
  readonly mark: (problems: readonly Problem[], remedies: readonly Remedy[]) => void
  readonly edit: (edits: readonly Edit[]) => void
  readonly tell: (text: string) => void
}

/** Milliseconds without a key before the text is read. */
const pause = 120

export class Output {
  private readonly options: OutputOptions
  private tab = 'check'
  private checked: Checked | undefined
  /** The round that is under way. An older one has nothing more to say. */
  private round = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  /** What is shown as text, to be copied. */
  private shown = ''
  /** What the last form was of: it is not asked for again. */
  private form: { readonly key: string; readonly text: string } | undefined

  constructor(options: OutputOptions) {
    this.options = options
    const { copy, stage } = options.parts
    copy.addEventListener('click', () => this.copy())
    stage.addEventListener('change', () => this.render(this.round))
  }

  /** The text is another. */
  changed(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.read(), pause)
  }

  show(tab: string): void {
    this.tab = tab
    this.options.parts.panel.setAttribute('aria-labelledby', `tab-${tab}`)
    this.options.parts.panel.scrollTop = 0
    void this.render(this.round)
  }

  look(look: Look): void {
    const frame = this.options.parts.panel.querySelector('iframe')
    if (frame && this.form) frame.srcdoc = inLook(this.form.text, look)
  }

  private async read(): Promise<void> {
    const { client, spec, parts, color, mark, tell } = this.options
    const round = ++this.round
    const own = spec()
    try {
      const words = await client.call('words', own)
      if (round !== this.round) return
      color(words)
      const checked = await client.call('check', own, this.columns)
      if (round !== this.round) return
      this.checked = checked
      mark(checked.problems, [])
      parts.status.textContent = statusOf(checked)
      parts.status.dataset.state = checked.errors > 0 ? 'error' : checked.warnings > 0 ? 'warning' : 'fine'
      this.listStages(checked)
      await this.render(round)
      const remedies = checked.problems.length > 0 ? await client.call('remedies', own) : []
      if (round !== this.round) return
      mark(checked.problems, remedies)
      this.listRemedies(remedies)
    } catch (error) {
      if (round !== this.round) return
      const message = error instanceof Error ? error.message : String(error)
      parts.status.textContent = 'not checked'
      parts.status.dataset.state = 'error'
      tell(message)
    }
  }

  private async render(round: number): Promise<void> {
    const { checked, tab } = this
    const { client, spec, parts } = this.options
    if (!checked) return
    const { path, text } = spec()
    const isForm = tab !== 'check' && tab !== 'json'
    parts.command.textContent = commandOf(tab, path, parts.stage.value)
    parts.stages.hidden = (tab !== 'graph' && tab !== 'plan') || !checked.program
    parts.fixes.hidden = tab !== 'check' || parts.fixes.childElementCount === 0
    if (tab === 'check') return this.print(checked.text)
    if (tab === 'json') return this.print(checked.json)
    if (!isForm || !checked.program)
      return this.print(`The spec has ${countOf('error', checked.errors)}: see the tab Check.\n`)
    const stage = parts.stage.value
    const key = JSON.stringify([tab, stage, this.columns, path, text])
    if (this.form?.key !== key) {
      parts.panel.setAttribute('aria-busy', 'true')
      this.print('…\n')
      try {
        const made = await client.call('form', {
          path,
          text,
          form: tab as Form,
          stage,
          columns: this.columns,
        })
        this.form = { key, text: made }
      } catch (error) {
        this.form = undefined
        if (round === this.round && tab === this.tab)
          this.print(error instanceof Error ? `${error.message}\n` : '')
        return
      } finally {
        parts.panel.removeAttribute('aria-busy')
      }
    }
    if (round !== this.round || tab !== this.tab || stage !== parts.stage.value) return
    if (this.form === undefined) return
    if (tab === 'graph') this.frame(this.form.text)
    else this.print(this.form.text)
  }

  private print(text: string): void {
    const { panel, copy } = this.options.parts
    const pre = document.createElement('pre')
    pre.append(...terminalNodes(text))
    pre.dataset.columns = String(this.columns)
    this.shown = pre.textContent ?? ''
    panel.classList.remove('framed')
    panel.replaceChildren(pre)
    copy.hidden = false
  }

  private frame(page: string): void {
    const { panel, copy } = this.options.parts
    const frame = document.createElement('iframe')
    frame.title = 'The training graph'
    // The page of a graph runs its own script, and has no way to this one.
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.srcdoc = inLook(page, currentLook())
    panel.classList.add('framed')
    panel.replaceChildren(frame)
    copy.hidden = true
  }

  private listStages({ program }: Checked): void {
    const { stage } = this.options.parts
    const names = program?.stages ?? []
    const had = stage.value
    const options = [...stage.options].map(({ value }) => value)
    if (names.length === 0 || JSON.stringify(options) === JSON.stringify(names)) return
    stage.replaceChildren(...names.map((name) => new Option(name, name)))
    stage.value = names.includes(had) ? had : (program?.stage ?? names[0] ?? '')
  }

  private listRemedies(remedies: readonly Remedy[]): void {
    const { fixes } = this.options.parts
    fixes.replaceChildren(
      ...remedies.map(({ title, edits }) => {
        const button = document.createElement('button')
        button.type = 'button'
        button.textContent = title.replaceAll('`', '')
        button.addEventListener('click', () => this.options.edit(edits))
        return button
      }),
    )
    fixes.hidden = this.tab !== 'check' || remedies.length === 0
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.shown)
      this.options.tell('Copied.')
    } catch {
      this.options.tell('The browser did not let the page copy: select the text instead.')
    }
  }

  /** Characters of a line in the panel. */
  private get columns(): number {
    const { panel } = this.options.parts
    const probe = document.createElement('pre')
    const character = document.createElement('span')
    character.textContent = '0'.repeat(100)
    probe.append(character)
    panel.append(probe)
    const width = character.getBoundingClientRect().width / 100
    const { paddingLeft, paddingRight } = getComputedStyle(probe)
    probe.remove()
    const room = panel.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)
    return Math.max(40, Math.min(100, Math.floor(room / width) || 100))
  }
}

function countOf(word: string, count: number): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function statusOf({ errors, warnings }: Checked): string {
  if (errors + warnings === 0) return 'nothing wrong'
  return [
    ...(errors > 0 ? [countOf('error', errors)] : []),
    ...(warnings > 0 ? [countOf('warning', warnings)] : []),
  ].join(', ')
}

const commands: { readonly [tab: string]: (path: string, stage: string) => string } = {
  check: (path) => `distill check --no-files ${path}`,
  json: (path) => `distill check --no-files --json ${path}`,
  explain: (path) => `distill explain ${path} --show all --backend wasm`,
  graph: (path, stage) => `distill graph ${path} --stage '${stage}' --backend wasm -o step.html`,
  plan: (path, stage) => `distill compile ${path} --stage '${stage}' --emit plan --backend wasm`,
  trainer: (path) => `distill compile ${path} --emit trainer`,
}

function commandOf(tab: string, path: string, stage: string): string {
  return commands[tab]?.(path, stage) ?? ''
}

function inLook(page: string, look: Look): string {
  return page.replace('<html lang="en">', `<html lang="en" data-theme="${look}">`)
}
