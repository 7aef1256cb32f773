/**
 * A value of the checked program as text, for a key of what is computed from it: equal texts mean equal
 * values. Places in the spec and numbers of terms are left out. What occurs twice is written once.
 */
export function structuralText(value: unknown): string {
  const known = new Map<object, number>()
  const text = (one: unknown): string => {
    if (typeof one === 'number') return Object.is(one, -0) ? '-0' : String(one)
    if (typeof one !== 'object' || one === null) return JSON.stringify(one) ?? 'undefined'
    const before = known.get(one)
    if (before !== undefined) return `#${before}`
    known.set(one, known.size)
    if (one instanceof Map) return `map(${[...one].map((entry) => text(entry)).join()})`
    if (one instanceof Set) return `set(${[...one].map(text).join()})`
    if (Array.isArray(one)) return `[${one.map(text).join()}]`
    const entries = Object.entries(one).filter(([key, own]) => !places(key) && own !== undefined)
    return `{${entries.map(([key, own]) => `${key}:${text(own)}`).join()}}`
  }
  return text(value)
}

/** `span`, `maxLengthSpan`, `origin`; `id` is the number of a term. */
function places(key: string): boolean {
  return key === 'origin' || key === 'id' || /span$/i.test(key)
}
