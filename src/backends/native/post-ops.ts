/** What a primitive does to its result before it is stored. */
import type { Engine } from './engine.ts'

/** Gives attributes with the steps that `append` puts into a list to `use`, and destroys them after it. */
export function withPostOps<T>(
  engine: Engine,
  append: (list: number) => void,
  use: (attributes: number) => T,
): T {
  const list = engine.made('dnnl_post_ops_create')
  const attributes = engine.made('dnnl_primitive_attr_create')
  try {
    append(list)
    engine.call('dnnl_primitive_attr_set_post_ops', attributes, list)
    return use(attributes)
  } finally {
    engine.call('dnnl_primitive_attr_destroy', attributes)
    engine.call('dnnl_post_ops_destroy', list)
  }
}
