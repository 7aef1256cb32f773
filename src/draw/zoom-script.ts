/**
 * How a picture is zoomed and moved, as a part of a page's script. The page has `view`, the window on the
 * picture, and in it `stage`, which holds the SVG; and the buttons `larger`, `smaller` and `fit`.
 */
export const zoomScript = `  // Zoom and pan.
  let whole = { width: 1, height: 1 }
  let x = 0, y = 0, k = 1, moved = false, fitted = true
  /** A new picture was put into the stage. */
  function measure() {
    stage.style.width = stage.style.height = ''
    whole = { width: stage.offsetWidth, height: stage.offsetHeight }
  }
  function show() {
    stage.style.width = whole.width * k + 'px'
    stage.style.height = whole.height * k + 'px'
    stage.style.transform = 'translate(' + x + 'px,' + y + 'px)'
  }
  function zoom(factor, cx = view.clientWidth / 2, cy = view.clientHeight / 2) {
    fitted = false
    const next = Math.min(4, Math.max(0.05, k * factor))
    x = cx - ((cx - x) * next) / k
    y = cy - ((cy - y) * next) / k
    k = next
    show()
  }
  function fit() {
    fitted = true
    k = Math.min(1.6, view.clientWidth / whole.width, view.clientHeight / whole.height)
    x = (view.clientWidth - whole.width * k) / 2
    y = Math.max(0, (view.clientHeight - whole.height * k) / 2)
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
      fitted = false
      view.classList.add('moving')
      x = e.clientX - sx
      y = e.clientY - sy
      show()
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', () => { removeEventListener('pointermove', move); view.classList.remove('moving') }, { once: true })
  }
  addEventListener('keydown', (event) => {
    if (/^(INPUT|SELECT)$/.test(event.target.tagName)) return
    if (event.key === '+') zoom(1.25)
    if (event.key === '-') zoom(0.8)
    if (event.key === '0') fit()
  })
  byId('larger').onclick = () => zoom(1.25)
  byId('smaller').onclick = () => zoom(0.8)
  byId('fit').onclick = fit
  addEventListener('resize', () => { if (fitted) fit() })`
