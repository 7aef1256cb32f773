/** The page: an editor, and beside it what the compiler makes of its text. */
import { limits } from '../syntax/limits.ts'
import { Client } from './client.ts'
import { Editor } from './editor.ts'
import { fillExamples } from './examples.ts'
import { currentLook, watchLook } from './look.ts'
import { Output } from './output.ts'
import type { Example, ShippedFiles, SpecText } from './protocol.ts'
import { fragmentOf, ownPath, specOf } from './share.ts'
import { keep, kept } from './storage.ts'
import { watchTabs } from './tabs.ts'

const first = 'specs/demo.distill'
const place = 'distill-spec'

function part<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no ${id}`)
  return found as Kind
}

async function fetched<Data>(file: string): Promise<Data> {
  const answer = await fetch(file)
  if (!answer.ok) throw new Error(`${file} was not loaded: ${answer.status} ${answer.statusText}`)
  return answer.json()
}

function tell(text: string): void {
  const notice = part('notice')
  notice.textContent = text
  notice.hidden = text === ''
}

async function begin(): Promise<void> {
  const [files, examples] = await Promise.all([
    fetched<ShippedFiles>('files.json'),
    fetched<readonly Example[]>('examples.json'),
  ])
  let path = ownPath
  const client = new Client(files)
  const spec = (): SpecText => ({ path, text: editor.text })
  const output = new Output({
    client,
    spec,
    parts: {
      status: part('status'),
      panel: part('panel'),
      command: part('command'),
      stage: part<HTMLSelectElement>('stage'),
      stages: part('stages'),
      copy: part<HTMLButtonElement>('copy'),
      fixes: part('fixes'),
    },
    color: (words) => editor.color(words),
    mark: (problems, remedies) => editor.mark(problems, remedies),
    edit: (edits) => editor.edit(edits),
    tell,
  })
  const editor = new Editor({
    parent: part('editor'),
    changed: () => {
      keep(place, JSON.stringify(spec()))
      output.changed()
    },
    refused: (characters) =>
      tell(
        `A text of ${characters.toLocaleString('en-US')} characters was not taken: a spec has at most ${limits.characters.toLocaleString('en-US')}.`,
      ),
    hover: (at) => client.call('hover', spec(), at),
    suggest: (at) => client.call('suggest', spec(), at),
  })
  const open = (next: SpecText): void => {
    tell('')
    path = next.path
    part('name').textContent = path
    editor.open(next.text, currentLook())
  }
  const list = part<HTMLSelectElement>('examples')
  fillExamples(list, files, examples)
  list.addEventListener('change', () => {
    const [kind, key = ''] = list.value.split(':')
    const example = examples[Number(key)]
    if (kind === 'spec') open({ path: key, text: files[key] ?? '' })
    else if (example) open({ path: ownPath, text: example.text })
    list.value = ''
    history.replaceState(null, '', location.pathname + location.search)
  })
  part('format').addEventListener('click', async () => {
    const text = await client.call('format', spec()).catch(({ message }) => tell(message))
    if (text !== undefined) editor.replace(text)
  })
  part('share').addEventListener('click', async () => {
    history.replaceState(null, '', `#${await fragmentOf(spec())}`)
    try {
      await navigator.clipboard.writeText(location.href)
      tell('The link is copied. The spec is in the link itself.')
    } catch {
      tell('The link is in the address bar. The spec is in the link itself.')
    }
  })
  watchTabs(part('tabs'), (name) => output.show(name))
  watchLook(part<HTMLButtonElement>('look'), (look) => {
    editor.look(look)
    output.look(look)
  })
  const openLink = async (): Promise<boolean> => {
    try {
      const shared = await specOf(location.hash)
      if (shared) open(shared)
      return shared !== undefined
    } catch (error) {
      open(before(files))
      tell(error instanceof Error ? error.message : '')
      return true
    }
  }
  addEventListener('hashchange', openLink)
  if (!(await openLink())) open(before(files))
}

/** The text that the browser has kept, or the demo. */
function before(files: ShippedFiles): SpecText {
  try {
    const found: unknown = JSON.parse(kept(place) ?? '')
    if (isSpec(found)) return found
  } catch {
    // Nothing is kept.
  }
  return { path: first, text: files[first] ?? '' }
}

function isSpec(value: unknown): value is SpecText {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('text' in value)) return false
  return typeof value.path === 'string' && typeof value.text === 'string' && value.text.trim() !== ''
}

begin().catch((error: unknown) => tell(error instanceof Error ? error.message : 'The page was not loaded.'))
