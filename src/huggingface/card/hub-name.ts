/** Names that the Hub takes in a model card. */

/**
 * `bert-base-uncased`, `google/mobilebert-uncased`: names of models and data on the Hub, and no paths of a
 * machine.
 */
export function isHubName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/.test(name)
}

/** `apache-2.0`, as the Hub calls licenses. */
export function isLicenseName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]*$/.test(name)
}

/** `en`, `zh-Hant`: codes of languages. */
export function isLanguageCode(code: string): boolean {
  return /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(code)
}
