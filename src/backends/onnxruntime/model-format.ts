/** What models for ONNX Runtime are written in. */
import type { ModelFormat } from '../../onnx/protobuf.ts'

/** Operators of Microsoft's own set are version 1, and so are the compiled ones. */
export const runtimeFormat: ModelFormat = {
  irVersion: 10,
  opsets: [
    { domain: '', version: 21 },
    { domain: 'com.microsoft', version: 1 },
    { domain: 'distill', version: 1 },
  ],
}
