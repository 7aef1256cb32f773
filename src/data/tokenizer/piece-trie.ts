/** Pieces as a tree by UTF-16 unit, to find all pieces that begin at a place of a text in one walk. */

export class PieceTrie {
  /** For each node the piece that ends there, or -1. */
  private readonly ids: number[] = [-1]
  private readonly units: number[] = [0]
  private readonly firstChild: number[] = [-1]
  private readonly nextSibling: number[] = [-1]
  /** The root has thousands of children, all other nodes have few. */
  private readonly roots = new Int32Array(0x10000).fill(-1)

  add(piece: string, id: number): void {
    let node = 0
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i)
      const next = this.next(node, unit)
      node = next >= 0 ? next : this.grow(node, unit)
    }
    this.ids[node] = id
  }

  /** The child of `node` (0 is the root) for a unit, or -1 if no piece continues so. */
  next(node: number, unit: number): number {
    if (node === 0) return this.roots[unit] ?? -1
    let child = this.firstChild[node] ?? -1
    while (child >= 0 && this.units[child] !== unit) child = this.nextSibling[child] ?? -1
    return child
  }

  /** The id of the piece that ends at a node, or -1. */
  id(node: number): number {
    return this.ids[node] ?? -1
  }

  private grow(parent: number, unit: number): number {
    const node = this.ids.push(-1) - 1
    this.units.push(unit)
    this.firstChild.push(-1)
    if (parent === 0) {
      this.nextSibling.push(-1)
      this.roots[unit] = node
    } else {
      this.nextSibling.push(this.firstChild[parent] ?? -1)
      this.firstChild[parent] = node
    }
    return node
  }
}
