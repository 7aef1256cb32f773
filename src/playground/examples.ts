/** The list of examples: the shipped specs, and the specs of the documentation. */
import type { Example, ShippedFiles } from './protocol.ts'

export function fillExamples(
  list: HTMLSelectElement,
  files: ShippedFiles,
  examples: readonly Example[],
): void {
  const specs = Object.keys(files).filter((path) => path.startsWith('specs/'))
  list.append(
    group(
      'Shipped specs',
      specs.map((path) => option(path.replace(/^specs\/|\.distill$/g, ''), `spec:${path}`)),
    ),
  )
  for (const page of new Set(examples.map((example) => example.page)))
    list.append(
      group(
        page,
        examples.flatMap((example, i) =>
          example.page === page ? [option(example.title, `example:${i}`)] : [],
        ),
      ),
    )
}

function group(label: string, options: readonly HTMLOptionElement[]): HTMLOptGroupElement {
  const made = document.createElement('optgroup')
  made.label = label
  made.append(...options)
  return made
}

function option(text: string, value: string): HTMLOptionElement {
  return new Option(text, value)
}
