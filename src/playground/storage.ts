/** What a browser keeps of the page. It may keep nothing: in private windows, or where storage is full. */

export function kept(place: string): string | undefined {
  try {
    return localStorage.getItem(place) ?? undefined
  } catch {
    return undefined
  }
}

export function keep(place: string, text: string): void {
  try {
    localStorage.setItem(place, text)
  } catch {
    // The page works without it.
  }
}
