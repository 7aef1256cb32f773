/** The name of the output that holds a parameter's gradient. */
export function gradientName(parameter: string): string {
  return `gradient ${parameter}`
}
