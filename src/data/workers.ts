/** Who reads data: this process alone, or several that share the work out and all have the results. */
export interface Workers {
  readonly count: number
  /**
   * The results of work on each item, in their order. They may be copies: numbers, texts, arrays and maps of
   * them.
   * @param what the results are, for the message about a lost process
   */
  each<Item, Result>(items: Iterable<Item>, work: (item: Item) => Result, what: string): Iterable<Result>
  /** What the first of them finds. */
  first<Result>(find: () => Result, what: string): Result
}

export const oneWorker: Workers = {
  count: 1,
  *each(items, work) {
    for (const item of items) yield work(item)
  },
  first: (find) => find(),
}
