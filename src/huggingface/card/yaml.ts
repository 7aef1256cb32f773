/**
 * Objects, lists, texts and numbers as YAML, for the front matter of a model card; and the little of YAML
 * that is read back from one.
 */
export type YamlValue = string | number | readonly YamlValue[] | { readonly [key: string]: YamlValue }

/** Lines, without a newline behind the last. Empty lists and objects do not occur. */
export function yamlLines(value: { readonly [key: string]: YamlValue }): string[] {
  return Object.entries(value).flatMap(([key, one]) => {
    if (typeof one !== 'object') return [`${key}: ${scalar(one)}`]
    return [`${key}:`, ...(Array.isArray(one) ? listLines(one) : indented(nested(one)))]
  })
}

function nested(value: YamlValue): string[] {
  if (typeof value !== 'object') return [scalar(value)]
  if (isList(value)) return listLines(value)
  return yamlLines(value)
}

function listLines(list: readonly YamlValue[]): string[] {
  return list.flatMap((one) => nested(one).map((line, k) => (k === 0 ? `- ${line}` : `  ${line}`)))
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value)
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

/**
 * A plain scalar where no reader takes it for something else. JSON's texts are texts of YAML too, but for
 * characters that YAML does not print (YAML 1.2.2, section 5.1) and halves of a surrogate pair.
 */
function scalar(value: string | number): string {
  if (typeof value === 'number') return `${value}`
  const plain =
    /^[A-Za-z][\w./-]*$/.test(value) && !/^(y|n|yes|no|true|false|on|off|null|nan|inf)$/i.test(value)
  return plain ? value : JSON.stringify(value.replace(/\p{Cs}/gu, '\ufffd')).replace(unprinted, escaped)
}

/** What JSON leaves as it is and a reader of YAML may refuse, take for the end of a line, or turn around. */
const unprinted = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\p{Bidi_Control}/gu

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The texts of a top-level key: `key: a`, `key: [a, b]`, or a list below. Empty where it has none. */
export function textsOfKey(frontMatter: string, key: string): string[] {
  const lines = frontMatter.split('\n')
  const at = lines.findIndex((line) => line.startsWith(`${key}:`))
  if (at < 0) return []
  const rest = unquoted(lines[at]?.slice(key.length + 1) ?? '')
  if (rest.startsWith('[') && rest.endsWith(']')) return rest.slice(1, -1).split(',').map(unquoted)
  if (rest !== '') return [rest]
  const below = lines.slice(at + 1)
  const end = below.findIndex((line) => !/^\s*-\s/.test(line))
  return below.slice(0, end < 0 ? below.length : end).map((line) => unquoted(line.replace(/^\s*-/, '')))
}

function unquoted(text: string): string {
  const bare = text.replace(/\s#.*$/, '').trim()
  return /^(["']).*\1$/.test(bare) ? bare.slice(1, -1) : bare
}
