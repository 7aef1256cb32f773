/**
 * Text as markup, for pages, pictures and the labels of Graphviz alike. This is the one place that escapes:
 * whatever enters markup as a string is text, and only a `Markup` is taken as it stands.
 */

/** A piece of HTML or SVG that is well formed by itself. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What an element holds. `false` and `undefined` are nothing. */
export type Content = Markup | string | number | false | undefined | readonly Content[]

export type Attributes = Readonly<Record<string, string | number | false | undefined>>

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/**
 * Characters that XML does not have: control characters, and halves of a surrogate pair. And those that
 * would turn the direction of the words after them.
 */
const foreign = /(?![\t\n\r])\p{Cc}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu

function escaped(text: string): string {
  return text.replace(foreign, '\ufffd').replace(/[&<>"]/g, (character) => entities[character] ?? '')
}

/** Content as one piece of markup. */
export function joined(...content: readonly Content[]): Markup {
  return new Markup(content.map(textOf).join(''))
}

function textOf(content: Content): string {
  if (content instanceof Markup) return content.text
  if (content === undefined || content === false) return ''
  if (typeof content === 'string') return escaped(content)
  if (typeof content === 'number') return numeral(content)
  return content.map(textOf).join('')
}

/** A value as JSON in a `script` of the type application/json: no text in it ends the element. */
export function scriptData(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

/** A tenth of a pixel is as fine as a picture needs. */
function numeral(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** html`<p>${text}</p>`: values between the written parts are content. */
export function html(written: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(written.map((part, i) => part + textOf(values[i])).join(''))
}

/** Elements that HTML never closes, and shapes, which hold nothing in a chart. */
const hollow = new Set(['br', 'meta', 'rect', 'line', 'path', 'circle'])

/** An element. Attributes that are false or undefined are left out. */
export function el(name: string, attributes: Attributes, ...children: readonly Content[]): Markup {
  const written = Object.entries(attributes)
    .map(([key, value]) =>
      value === undefined || value === false
        ? ''
        : ` ${key}="${typeof value === 'number' ? numeral(value) : escaped(value)}"`,
    )
    .join('')
  const inside = textOf(children)
  return new Markup(
    inside === '' && hollow.has(name) ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`,
  )
}
