/**
 * `bert-base-uncased`, `google/mobilebert-uncased`: names of models and data on the Hub, and no paths of a
 * machine.
 */
export function isHubName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/.test(name)
}
