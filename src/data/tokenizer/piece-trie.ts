/** Pieces as a tree by UTF-16 unit: which of them begin at a place of a text, all in one walk. */

export class PieceTrie {
  /** By node: the piece that ends there, -1 for none. */
  private readonly ids: number[] = [-1]
  private readonly units: number[] = [0]
  private readonly firstChild: number[] = [-1]
  private readonly nextSibling: number[] = [-1]
  /** The first step has thousands of branches, all others few. */
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

  /** The node behind `node` (0 is the root) and a unit, -1 where no piece goes on so. */
  next(node: number, unit: number): number {
    if (node === 0) return this.roots[unit] ?? -1
    let child = this.firstChild[node] ?? -1
    while (child >= 0 && this.units[child] !== unit) child = this.nextSibling[child] ?? -1
    return child
  }

  /** The id of the piece that ends at a node, -1 for none. */
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
