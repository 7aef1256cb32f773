/**
 * The script of a picture's page: opens boxes, zooms, searches, and shows operations. Plain browser code
 * without dependencies.
 */
export const pageScript = String.raw`
'use strict'
{
  const data = JSON.parse(document.getElementById('data').textContent)
  const el = (tag, className, text) => {
    const e = document.createElement(tag)
    if (className) e.className = className
    if (text !== undefined) e.textContent = text
    return e
  }
  const byId = (id) => document.getElementById(id)
  const [view, stage, edges, side] = ['view', 'stage', 'edges', 'side'].map(byId)
  const prefix = (n, unit) => {
    const [scale, p] = n >= 1e12 ? [1e12, 'T'] : n >= 1e9 ? [1e9, 'G'] : n >= 1e6 ? [1e6, 'M'] : n >= 1e4 ? [1e3, 'k'] : [1, '']
    return (scale === 1 ? n : (n / scale).toPrecision(3)) + ' ' + p + unit
  }
  const readers = data.nodes.map(() => [])
  data.nodes.forEach((node, i) => node.inputs.forEach((input) => readers[input].push(i)))
  const outputs = data.nodes.map(() => [])
  for (const [name, i] of Object.entries(data.outputs)) outputs[i].push(name)

  // Boxes, in the cells of a grid.
  const boxes = new Map(), homes = new Map(), rows = new Map(), cells = new Map()
  for (const box of data.boxes) {
    const cellKey = box.column + ' ' + box.row
    let cell = cells.get(cellKey)
    if (!cell) {
      cell = stage.appendChild(el('div', 'cell'))
      cell.style.gridColumn = box.column + 1
      cell.style.gridRow = box.row + 1
      if (box.row === 0) cell.style.marginBottom = '36px'
      cells.set(cellKey, cell)
    }
    const e = cell.appendChild(el('section', 'box ' + box.side + (box.frozen ? ' frozen' : '') + (box.members.length > 1 ? ' many' : '')))
    const head = e.appendChild(el('div', 'head'))
    head.append(el('b', '', box.lines[0]), ...box.lines.slice(1).map((line) => el('small', '', line)))
    head.onclick = () => { if (!moved) toggle(box.id) }
    boxes.set(box.id, { box, e })
    for (const member of box.members) for (const i of member.nodes) homes.set(i, { id: box.id, member })
  }
  function fill(id) {
    const { box, e } = boxes.get(id)
    if (e.querySelector('.inside')) return
    const inside = e.appendChild(el('div', 'inside'))
    for (const member of box.members) {
      let into = inside
      if (box.members.length > 1) {
        const part = inside.appendChild(el('div', 'member' + (member === box.members[0] ? ' open' : '')))
        const head = part.appendChild(el('div', 'head'))
        head.append(el('b', '', member.title))
        head.onclick = () => { part.classList.toggle('open'); draw() }
        member.part = part
        into = part.appendChild(el('div', 'inside'))
      }
      const list = (backward) => member.nodes.filter((i) => Boolean(data.nodes[i].backward) === backward)
      for (const [title, backward] of [['forward', false], ['backward', true]]) {
        if (!list(backward).length) continue
        const column = into.appendChild(el('div', 'column'))
        column.append(el('div', 'divider', title), ...list(backward).map(row))
      }
    }
  }
  function label(node) {
    return node.name ? node.op + ' ' + node.name : node.op
  }
  function row(i) {
    const node = data.nodes[i]
    const e = el('div', 'op' + (node.inputs.length ? '' : ' leaf'))
    const shown = node.name && !node.inputs.length ? node.name : node.op
    e.append(el('span', '', shown), el('span', 'type', node.type), el('span', 'flops', node.flops ? prefix(node.flops, 'FLOP') : ''))
    e.title = node.name || node.op
    e.onclick = () => { if (!moved) choose(i, false) }
    rows.set(i, e)
    return e
  }
  function toggle(id, open) {
    fill(id)
    boxes.get(id).e.classList.toggle('open', open)
    draw()
  }

  // Edges and frames, from where the boxes are now.
  function place(e) {
    let x = 0, y = 0
    for (let at = e; at && at !== stage; at = at.offsetParent) { x += at.offsetLeft; y += at.offsetTop }
    return { x, y, w: e.offsetWidth, h: e.offsetHeight }
  }
  function draw() {
    for (const lane of stage.querySelectorAll('.lane')) lane.remove()
    const tops = []
    data.columns.forEach((column, c) => {
      if (!column.owner) return
      const own = data.boxes.filter((box) => box.column === c).map((box) => place(boxes.get(box.id).e))
      const x = Math.min(...own.map((r) => r.x)) - 20, y = Math.min(...own.map((r) => r.y)) - 36
      const right = Math.max(...own.map((r) => r.x + r.w)) + 20, bottom = Math.max(...own.map((r) => r.y + r.h)) + 18
      const lane = el('div', 'lane')
      lane.style.cssText = 'left:' + x + 'px;top:' + y + 'px;width:' + (right - x) + 'px;height:' + (bottom - y) + 'px'
      lane.append(el('b', '', column.title + ': ' + column.model))
      stage.prepend(lane)
      tops[c] = { x: (x + right) / 2, y }
    })
    let svg = ''
    for (const { from, to, gradient, types } of data.edges) {
      const [a, b] = [boxes.get(from), boxes.get(to)]
      if (!a || !b) continue
      const [p, q] = [place(a.e), place(b.e)]
      const level = a.box.row === b.box.row && a.box.column !== b.box.column
      const right = a.box.column < b.box.column
      const downward = a.box.row <= b.box.row
      let s, t
      if (level) {
        s = [right ? p.x + p.w : p.x, headMiddle(a.e, p)]
        t = [right ? q.x : q.x + q.w, headMiddle(b.e, q)]
      } else {
        s = [p.x + p.w / 2, downward ? p.y + p.h : p.y]
        t = a.box.kind === 'batch' && b.box.kind === 'part' ? [tops[b.box.column].x, tops[b.box.column].y] : [q.x + q.w / 2, downward ? q.y : q.y + q.h]
      }
      const bend = level ? [(s[0] + t[0]) / 2, s[1], (s[0] + t[0]) / 2, t[1]] : [s[0], (s[1] + t[1]) / 2, t[0], (s[1] + t[1]) / 2]
      const c = gradient ? ' class="gradient"' : ''
      const direction = level ? (right ? 0 : 180) : downward ? 90 : -90
      svg += '<path' + c + ' d="M' + s + 'C' + bend + ',' + t + '"><title>' + types.join(', ').replace(/&/g, '&amp;') + '</title></path>'
      svg += '<path class="tip' + (gradient ? ' gradient' : '') + '" d="M0,0L-9,-4.5L-9,4.5Z" transform="translate(' + t + ') rotate(' + direction + ')"/>'
      if (gradient) svg += '<circle cx="' + s[0] + '" cy="' + s[1] + '" r="4"/>'
    }
    edges.innerHTML = svg
  }
  function headMiddle(e, p) {
    return p.y + e.firstChild.offsetHeight / 2
  }

  // Zoom and pan.
  let x = 0, y = 0, k = 1, moved = false
  function show() { stage.style.transform = 'translate(' + x + 'px,' + y + 'px) scale(' + k + ')' }
  function zoom(factor, cx = view.clientWidth / 2, cy = view.clientHeight / 2) {
    const next = Math.min(4, Math.max(0.05, k * factor))
    x = cx - ((cx - x) * next) / k
    y = cy - ((cy - y) * next) / k
    k = next
    show()
  }
  function fit() {
    k = Math.min(1.6, view.clientWidth / stage.offsetWidth, view.clientHeight / stage.offsetHeight)
    x = (view.clientWidth - stage.offsetWidth * k) / 2
    y = Math.max(0, (view.clientHeight - stage.offsetHeight * k) / 2)
    show()
  }
  view.addEventListener('wheel', (event) => {
    event.preventDefault()
    const r = view.getBoundingClientRect()
    zoom(Math.exp(-event.deltaY / 500), event.clientX - r.left, event.clientY - r.top)
  }, { passive: false })
  view.onpointerdown = (event) => {
    moved = false
    const [sx, sy] = [event.clientX - x, event.clientY - y]
    const move = (e) => {
      if (!moved && Math.hypot(e.clientX - event.clientX, e.clientY - event.clientY) < 4) return
      moved = true
      view.classList.add('moving')
      x = e.clientX - sx
      y = e.clientY - sy
      show()
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', () => { removeEventListener('pointermove', move); view.classList.remove('moving') }, { once: true })
  }

  // What is known of one operation.
  function choose(i, go = true) {
    const home = homes.get(i)
    if (home) {
      toggle(home.id, true)
      if (home.member.part) home.member.part.classList.add('open')
    }
    draw()
    for (const e of stage.querySelectorAll('.chosen,.input,.reader')) e.classList.remove('chosen', 'input', 'reader')
    const node = data.nodes[i]
    rows.get(i)?.classList.add('chosen')
    for (const input of node.inputs) rows.get(input)?.classList.add('input')
    for (const reader of readers[i]) rows.get(reader)?.classList.add('reader')
    whole = false
    if (go && rows.get(i)) {
      const p = place(rows.get(i))
      k = Math.max(k, 0.9)
      x = view.clientWidth / 2 - (p.x + p.w / 2) * k
      y = view.clientHeight / 2 - (p.y + p.h / 2) * k
      show()
    }
    history.replaceState(null, '', '#' + i)
    side.replaceChildren(el('h2', '', node.name || node.op))
    const list = side.appendChild(el('dl'))
    const fact = (name, text) => text && list.append(el('dt', '', name), el('dd', '', text))
    const box = home && boxes.get(home.id).box
    fact('operation', node.op + (node.backward ? ' (backward)' : ''))
    fact('shape', node.type)
    fact('cost', node.flops ? prefix(node.flops, 'FLOP') : 'moves or holds data, no arithmetic')
    fact('size', prefix(node.bytes, 'B') + ' at ' + data.sizes.B + ' x ' + data.sizes.L)
    fact('settings', node.attributes)
    fact('in', box && [box.kind === 'part' && data.columns[box.column].title, home.member.title || box.lines[0]].filter(Boolean).join(', '))
    fact('gives', outputs[i].join(', '))
    if (node.at) {
      const [file, line] = node.at
      side.append(el('b', '', file + ':' + line))
      const pre = side.appendChild(el('pre'))
      const lines = data.sources[file] || []
      for (let n = Math.max(1, line - 4); n <= Math.min(lines.length, line + 4); n++) {
        const e = pre.appendChild(el('span', n === line ? 'here' : ''))
        e.append(el('i', '', String(n)), lines[n - 1])
      }
    }
    links('reads', node.inputs)
    links('read by', readers[i])
  }
  function links(title, list) {
    if (!list.length) return
    side.append(el('b', '', title))
    for (const i of list) side.append(link(i))
    side.append(el('p'))
  }
  function link(i) {
    const node = data.nodes[i]
    const e = el('button', 'link', label(node))
    e.append(el('small', 'muted', node.type + (node.at ? '   ' + node.at.join(':') : '')))
    e.onclick = () => choose(i)
    return e
  }
  function welcome() {
    side.replaceChildren(el('h2', '', 'A training step'))
    const keys = [['student', 'a model that this stage trains'], ['teacher', 'a frozen model'], ['loss', 'where they meet: the losses'], ['batch', 'what the data gives']]
    for (const [colour, text] of keys) {
      const e = side.appendChild(el('div'))
      const key = e.appendChild(el('span', 'key'))
      key.style.cssText = 'background:var(--' + colour + ');border-color:var(--' + colour + 'Line)'
      e.append(text)
    }
    side.append(
      el('p', '', data.nodes.length + ' nodes at ' + data.sizes.B + ' examples x ' + data.sizes.L + ' tokens. Costs are forward + backward. Gradients flow back along red lines; dashed boxes are frozen; a double frame stands for equal layers.'),
      el('p', 'muted', 'Click a box to see its operations, an operation to see its shape, its cost and the line of the spec it came from. Drag to move, wheel to zoom.'),
    )
  }
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
    if (event.target.tagName === 'INPUT') return
    if (event.key === '/') { event.preventDefault(); byId('search').focus() }
    if (event.key === '+') zoom(1.25)
    if (event.key === '-') zoom(0.8)
    if (event.key === '0') fit()
  })
  byId('larger').onclick = () => zoom(1.25)
  byId('smaller').onclick = () => zoom(0.8)
  byId('fit').onclick = fit
  byId('open').onclick = () => { for (const id of boxes.keys()) toggle(id, true); fit() }
  byId('close').onclick = () => { for (const id of boxes.keys()) toggle(id, false); fit() }
  byId('theme').onclick = () => {
    const dark = getComputedStyle(document.documentElement).getPropertyValue('--page').trim() !== '#ffffff'
    document.documentElement.dataset.theme = dark ? 'light' : 'dark'
  }
  let whole = true
  addEventListener('resize', () => { if (whole) fit() })
  draw()
  welcome()
  fit()
  if (/^#\d+$/.test(location.hash) && data.nodes[location.hash.slice(1)]) choose(Number(location.hash.slice(1)))
}
`
