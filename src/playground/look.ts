/** Light or dark: as the system prefers, or as the person chose. */
import { keep, kept } from './storage.ts'

export type Look = 'light' | 'dark'

const place = 'distill-look'

/** The look that the page has now. */
export function currentLook(): Look {
  const chosen = document.documentElement.dataset.theme
  if (chosen === 'light' || chosen === 'dark') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

/** @param changed is called whenever the look is another */
export function watchLook(button: HTMLButtonElement, changed: (look: Look) => void): void {
  const chosen = kept(place)
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
  const tell = (): void => {
    const look = currentLook()
    button.setAttribute('aria-label', look === 'dark' ? 'Light colours' : 'Dark colours')
    button.title = button.getAttribute('aria-label') ?? ''
    changed(look)
  }
  button.addEventListener('click', () => {
    const look = currentLook() === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = look
    keep(place, look)
    tell()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell)
  tell()
}
