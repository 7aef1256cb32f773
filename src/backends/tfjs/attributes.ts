/**
 * Attributes of a node for kernels. A wrong attribute is an error in the graph, so these are plain errors, no
 * diagnostics.
 */
import type { AttributeValue, Axis } from '../../graph/graph.ts'
import { toAxis } from '../../graph/type.ts'
import type { Site } from '../../run/site.ts'

function attribute(site: Site, name: string): AttributeValue {
  const value = site.attributes[name]
  if (value === undefined) throw new Error(`${site.op}: attribute ${name} is missing`)
  return value
}

export function numberOf(site: Site, name: string): number {
  const value = attribute(site, name)
  if (typeof value !== 'number') throw new Error(`${site.op}: attribute ${name} is not a number`)
  return value
}

/** A number, or undefined where the attribute is null or absent. */
export function optionalNumberOf(site: Site, name: string): number | undefined {
  const value = site.attributes[name]
  return value === undefined || value === null ? undefined : numberOf(site, name)
}

export function axisOf(site: Site, name: string): Axis {
  return toAxis(attribute(site, name))
}

export function axesOf(site: Site, name: string): Axis[] {
  const value = attribute(site, name)
  if (!Array.isArray(value)) throw new Error(`${site.op}: attribute ${name} is not a list of axes`)
  return value.map(toAxis)
}

export function textOf(site: Site, name: string): string {
  const value = attribute(site, name)
  if (typeof value !== 'string') throw new Error(`${site.op}: attribute ${name} is not text`)
  return value
}
