/**
 * The script of a picture's page: zooms, searches, and shows the operations of a box and the facts of an
 * operation beside the picture. Plain browser code without dependencies.
 */
import { zoomScript } from './zoom-script.ts'

export const pageScript = String.raw`
'use strict'
{
  const byId = (id) => document.getElementById(id)
  const data = JSON.parse(byId('data').textContent)
  const el = (tag, className, text) => {
    const e = document.createElement(tag)
    if (className) e.className = className
    if (text !== undefined) e.textContent = text
    return e
  }
  const [view, stage, side] = ['view', 'stage', 'side'].map(byId)
  const prefix = (n, unit) => {
    const [scale, p] = n >= 1e12 ? [1e12, 'T'] : n >= 1e9 ? [1e9, 'G'] : n >= 1e6 ? [1e6, 'M'] : n >= 1e4 ? [1e3, 'k'] : [1, '']
    return (scale === 1 ? n : (n / scale).toPrecision(3)) + ' ' + p + unit
  }
  const readers = data.nodes.map(() => [])
  data.nodes.forEach((node, i) => node.inputs.forEach((input) => readers[input].push(i)))
  const outputs = data.nodes.map(() => [])
  for (const [name, i] of Object.entries(data.outputs)) outputs[i].push(name)

  // Boxes of the picture are buttons.
  const homes = new Map()
  for (const box of data.boxes) {
    const e = byId(box.id)
    e.setAttribute('tabindex', '0')
    e.setAttribute('role', 'button')
    e.setAttribute('aria-label', box.lines.join(', '))
    e.onclick = () => { if (!moved) open(box) }
    e.onkeydown = (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      open(box)
      side.focus()
    }
    for (const member of box.members) for (const i of member.nodes) homes.set(i, { box, member })
  }
  function mark(box) {
    for (const e of stage.querySelectorAll('.chosen')) e.classList.remove('chosen')
    if (box) byId(box.id).classList.add('chosen')
  }

  // What is inside a box: its members, and the operations of each, forward and backward.
  function open(box) {
    mark(box)
    const [title, ...lines] = box.lines
    side.replaceChildren(el('h2', '', title), ...lines.map((line) => el('p', 'muted', line)))
    for (const member of box.members) {
      let into = side
      if (box.members.length > 1) {
        into = side.appendChild(el('details'))
        into.open = member === box.members[0]
        into.append(el('summary', '', member.title))
      }
      for (const [name, backward] of [['forward', false], ['backward', true]]) {
        const list = member.nodes.filter((i) => Boolean(data.nodes[i].backward) === backward)
        if (list.length) into.append(el('h3', '', name), ...list.map(link))
      }
    }
    side.scrollTop = 0
  }

  // What is known of one operation.
  function choose(i) {
    const node = data.nodes[i]
    const home = homes.get(i)
    mark(home && home.box)
    history.replaceState(null, '', '#' + i)
    side.replaceChildren()
    if (home) {
      const back = side.appendChild(el('button', 'link', '\u2190 ' + home.box.lines[0]))
      back.onclick = () => open(home.box)
    }
    side.append(el('h2', '', node.name || node.op))
    const list = side.appendChild(el('dl'))
    const fact = (name, text) => text && list.append(el('dt', '', name), el('dd', '', text))
    fact('operation', node.op + (node.backward ? ' (backward)' : ''))
    fact('shape', node.type)
    fact('cost', node.flops ? prefix(node.flops, 'FLOP') : 'moves or holds data, no arithmetic')
    fact('size', prefix(node.bytes, 'B') + ' at ' + data.sizes.B + ' x ' + data.sizes.L)
    fact('settings', node.attributes)
    fact('in', home && [home.box.column, home.member.title || home.box.lines[0]].filter(Boolean).join(', '))
    fact('gives', outputs[i].join(', '))
    if (node.at) {
      const [file, line] = node.at
      side.append(el('h3', '', file + ':' + line))
      const pre = side.appendChild(el('pre'))
      pre.tabIndex = 0
      const lines = data.sources[file] || []
      for (let n = Math.max(1, line - 4); n <= Math.min(lines.length, line + 4); n++) {
        const e = pre.appendChild(el('span', n === line ? 'here' : ''))
        e.append(el('i', '', String(n)), lines[n - 1])
      }
    }
    for (const [title, nodes] of [['reads', node.inputs], ['read by', readers[i]]])
      if (nodes.length) side.append(el('h3', '', title), ...nodes.map(link))
    side.scrollTop = 0
  }
  function link(i) {
    const node = data.nodes[i]
    const e = el('button', 'link', node.name && !node.inputs.length ? node.name : node.name ? node.op + ' ' + node.name : node.op)
    const facts = [node.type, node.flops ? prefix(node.flops, 'FLOP') : '', node.at ? node.at.join(':') : '']
    e.append(el('small', 'muted', facts.filter(Boolean).join('   ')))
    e.onclick = () => choose(i)
    return e
  }
  function welcome() {
    mark()
    side.replaceChildren(el('h2', '', 'A training step'))
    const keys = [['student', 'a model that this stage trains'], ['teacher', 'a frozen model'], ['loss', 'where they meet: the losses'], ['batch', 'what the data gives']]
    for (const [colour, text] of keys) {
      const e = side.appendChild(el('div'))
      e.append(el('span', 'key ' + colour), text)
    }
    side.append(
      el('p', '', data.nodes.length + ' nodes at ' + data.sizes.B + ' examples x ' + data.sizes.L + ' tokens. Costs are forward + backward. Gradients flow back along red lines; dashed boxes are frozen; a double frame stands for equal layers.'),
      el('p', 'muted', 'Choose a box to see its operations, and an operation to see its shape, its cost and its line of the spec. Drag to move, wheel or + and - to zoom.'),
    )
  }

${zoomScript}
  const texts = data.nodes.map((node) => {
    const source = node.at ? node.at.join(':') + ' ' + (data.sources[node.at[0]]?.[node.at[1] - 1] || '') : ''
    return [node.op, node.name, node.type, source].join(' ').toLowerCase()
  })
  byId('search').oninput = (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean)
    if (!words.length) return welcome()
    const hits = texts.flatMap((text, i) => (words.every((word) => text.includes(word)) ? [i] : []))
    side.replaceChildren(el('h2', '', hits.length + (hits.length === 1 ? ' operation' : ' operations')))
    side.append(...hits.slice(0, 100).map(link))
  }
  addEventListener('keydown', (event) => {
    if (event.target.tagName === 'INPUT' || event.key !== '/') return
    event.preventDefault()
    byId('search').focus()
  })
  byId('theme').onclick = () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === 'dark' ||
      (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches)
    document.documentElement.dataset.theme = dark ? 'light' : 'dark'
  }
  welcome()
  measure()
  fit()
  if (/^#\d+$/.test(location.hash) && data.nodes[location.hash.slice(1)]) choose(Number(location.hash.slice(1)))
}
`
