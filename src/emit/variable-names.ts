/** Names of variables from paths of the spec: `S.layer[3].attention.scores` is `S_layer_attention_scores` in a loop, `S_layer_3_attention_scores` alone. */

const keywords =
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with let static yield await async of arguments eval undefined'

export class VariableNames {
  private readonly taken: Set<string>

  constructor(reserved: Iterable<string>) {
    this.taken = new Set([...keywords.split(' '), ...reserved])
  }

  ofFamily(path: string): string {
    return this.free(identifier(path.replace(/\[\d+\]/g, '')))
  }

  ofValue(path: string): string {
    return this.free(identifier(path))
  }

  private free(name: string): string {
    let free = name
    for (let k = 2; this.taken.has(free) || this.taken.has(`${free}_of`); k++) free = `${name}_${k}`
    this.taken.add(free)
    this.taken.add(`${free}_of`)
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
