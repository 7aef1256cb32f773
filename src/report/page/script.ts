/**
 * The script of the report's page. The page is complete without it: it adds hints at the pointer, the reading
 * of curves, tabs, and the switch of colours. Plain browser code without dependencies.
 */
export const pageScript = `
'use strict'
const root = document.documentElement
root.classList.add('js')
const tip = document.getElementById('tip')
const show = (words, x, y) => {
  tip.style.visibility = words ? 'visible' : 'hidden'
  if (!words) return
  tip.textContent = words
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + 'px'
  tip.style.top = (y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18) + 'px'
}
const number = (value, name) => value === null ? '' : ', ' + name + ' ' + value
let cursor
addEventListener('pointermove', ({ target, clientX, clientY }) => {
  if (cursor) cursor.style.visibility = 'hidden'
  cursor = undefined
  if (!target.closest) return show('')
  if (!target.dataset.points) return show(target.closest('[data-tip]')?.dataset.tip ?? '', clientX, clientY)
  const rows = JSON.parse(target.dataset.points)
  const box = target.getBoundingClientRect()
  const step = (clientX - box.left) / (box.width || 1) * target.dataset.last
  const near = rows.reduce((a, b) => Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a, rows[0])
  if (!near) return show('')
  cursor = target.previousElementSibling
  const x = +target.getAttribute('x') + target.getAttribute('width') * near[0] / (target.dataset.last || 1)
  cursor.setAttribute('x1', x)
  cursor.setAttribute('x2', x)
  cursor.style.visibility = 'visible'
  show('step ' + near[0].toLocaleString('en') + number(near[1], 'loss') + number(near[2], 'gradient norm') + number(near[3], 'rate'), clientX, clientY)
})
for (const tabs of document.querySelectorAll('[role=tablist]')) {
  const all = [...tabs.children]
  const select = (chosen) => {
    for (const tab of all) {
      const isChosen = tab === chosen
      tab.setAttribute('aria-selected', isChosen)
      tab.tabIndex = isChosen ? 0 : -1
      document.getElementById(tab.getAttribute('aria-controls')).hidden = !isChosen
    }
  }
  for (const [i, tab] of all.entries()) {
    tab.addEventListener('click', () => select(tab))
    tab.addEventListener('keydown', (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: all.length - 1 }[event.key]
      if (to === undefined) return
      event.preventDefault()
      const next = all[(to + all.length) % all.length]
      select(next)
      next.focus()
    })
  }
  select(all[0])
}
const theme = document.getElementById('theme')
const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
const name = () => { theme.lastElementChild.textContent = isDark() ? 'light' : 'dark' }
theme.hidden = false
theme.addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; name() })
name()
const scrolls = () => {
  for (const box of document.querySelectorAll('.scroll')) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
    else box.removeAttribute('tabindex')
  }
}
scrolls()
addEventListener('resize', scrolls)
let opened = []
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details:not([open])')]
  for (const one of opened) one.open = true
})
addEventListener('afterprint', () => { for (const one of opened) one.open = false })
`
