/** Values of options, read from the command line. */
import { InvalidArgumentError } from 'commander'
import { isHubName, isLanguageCode, isLicenseName } from '../huggingface/card/hub-name.ts'

export function wholeNumber(value: string): number {
  const n = Number(value)
  if (!Number.isInteger(n) || n < 0) throw new InvalidArgumentError('it is not a whole number')
  return n
}

/** A whole number of at least 1. */
export function countingNumber(value: string): number {
  const n = wholeNumber(value)
  if (n === 0) throw new InvalidArgumentError('it is at least 1')
  return n
}

export function powerOfTwo(value: string): number {
  const n = countingNumber(value)
  if (!Number.isInteger(Math.log2(n))) throw new InvalidArgumentError('it is a power of two: 1, 2, 4, 8 ...')
  return n
}

const units: { readonly [unit: string]: number } = { MiB: 2 ** 20, GiB: 2 ** 30, MB: 1e6, GB: 1e9 }

/** Bytes from `512MiB` or `2.5GiB`. */
export function memorySize(value: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(value) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor === undefined || Number(digits) === 0)
    throw new InvalidArgumentError('it is not a size such as 512MiB or 2GiB')
  return Number(digits) * factor
}

/** `apache-2.0`, as the Hub calls licenses. */
export function licenseName(value: string): string {
  if (!isLicenseName(value))
    throw new InvalidArgumentError('the Hub has short names for licenses, such as apache-2.0 or mit')
  return value
}

/** `en`, one of several. */
export function languageCodes(value: string, earlier: readonly string[]): string[] {
  if (!isLanguageCode(value)) throw new InvalidArgumentError('it is not the code of a language, such as en')
  return [...earlier, value]
}

/** `glue`, `google/mobilebert-uncased`, one of several. */
export function hubNames(value: string, earlier: readonly string[]): string[] {
  if (!isHubName(value)) throw new InvalidArgumentError('it is not a name on the Hub: NAME or OWNER/NAME')
  return [...earlier, value]
}
