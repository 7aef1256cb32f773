import { defineMessage, type Span } from '../diagnostic.ts'

export const E0902 = defineMessage<{
  path: string
  needed: number
  found: number
  part: string
  span?: Span
}>({
  code: 'E0902',
  title: 'a safetensors file ends too early',
  explanation: `The header of the file promises more bytes than there are: a download or a copy was cut off.

Fails:
    a model.safetensors whose header says 4,096 bytes of tensors, followed by 1,000 bytes

Passes:
    the same file, downloaded to its end`,
  build: ({ path, needed, found, part, span }) => ({
    message: `\`${path}\` is cut off: ${part} needs ${bytes(needed)}, the file has ${bytes(found)}`,
    help: 'download or copy the file again',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

function bytes(count: number): string {
  return `${count.toLocaleString('en-US')} bytes`
}
