/**
 * Names of variables from paths of the spec: `S.layer[3].attention.scores` is `S_layer_3_attention_scores`,
 * in a function of a layer `attention_scores`.
 */

const keywords =
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with let static yield await async of arguments eval undefined'

export class VariableNames {
  private readonly taken: Set<string>

  constructor(reserved: Iterable<string>) {
    this.taken = new Set([...keywords.split(' '), ...reserved])
  }

  get all(): Iterable<string> {
    return this.taken
  }

  /** A name that nothing else has. */
  free(path: string): string {
    const name = identifier(path)
    let free = name
    for (let k = 2; this.taken.has(free); k++) free = `${name}_${k}`
    this.taken.add(free)
    return free
  }
}

export function identifier(path: string): string {
  const name = path
    .replace(/\[(\d+)\]/g, '_$1')
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
  return /^[A-Za-z]/.test(name) ? name : `value_${name}`
}

/** Without what differs between layers and models: `attention.query` of `S.layer[3].attention.query`. */
export function layerless(path: string, models: ReadonlySet<string>): string {
  const parts = path.split('.')
  const own = models.has(parts[0] ?? '') && parts.length > 1 ? parts.slice(1) : parts
  const named = own.filter((part, i) => i === own.length - 1 || !/\[\d+\]$/.test(part))
  return named.join('.').replace(/\[\d+\]/g, '')
}
