/** Tabs as the ARIA pattern has them: arrows, Home and End move, and each names its panel. */

/** @param shown is called with the name of a tab when it is chosen */
export function watchTabs(list: HTMLElement, shown: (name: string) => void): { choose(name: string): void } {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>('[role=tab]')]
  const choose = (tab: HTMLButtonElement): void => {
    for (const one of tabs) {
      const isChosen = one === tab
      one.setAttribute('aria-selected', String(isChosen))
      one.tabIndex = isChosen ? 0 : -1
    }
    shown(tab.dataset.tab ?? '')
  }
  const move = (to: number): void => {
    const tab = tabs.at(to % tabs.length)
    if (!tab) return
    choose(tab)
    tab.focus()
  }
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab))
    tab.addEventListener('keydown', (event) => {
      const steps: { readonly [key: string]: number } = {
        ArrowRight: i + 1,
        ArrowLeft: i - 1,
        Home: 0,
        End: -1,
      }
      const to = steps[event.key]
      if (to === undefined) return
      event.preventDefault()
      move(to)
    })
  }
  return {
    choose(name) {
      const tab = tabs.find((one) => one.dataset.tab === name)
      if (tab) choose(tab)
    },
  }
}
