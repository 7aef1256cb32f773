/**
 * A model whose large tensors are in a file beside it. ONNX Runtime maps the file and packs weights from it
 * without a copy. The host may free its own copy, because values can be read from the file.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { externalPlaces } from '../../onnx/external.ts'
import { modelBytes, type OnnxModel } from '../../onnx/protobuf.ts'
import { largeFileFolder } from '../foreign/large-files.ts'
import { runtimeFormat } from './model-format.ts'

/** Tensors of fewer bytes stay in the model. */
const smallest = 2 ** 16
const file = 'weights.bin'

export class WeightFile {
  /** Of the model. */
  readonly path: string
  private readonly folder: string
  private readonly descriptor: number
  private readonly places = new Map<string, { readonly offset: number; readonly bytes: number }>()

  private constructor(folder: string) {
    this.folder = folder
    this.path = join(folder, 'model.onnx')
    this.descriptor = openSync(join(folder, file), 'wx+')
  }

  /**
   * Undefined if there is no room for it, or no right to write. Then the model itself contains its tensors.
   */
  static of(model: OnnxModel): WeightFile | undefined {
    let written: WeightFile | undefined
    try {
      written = new WeightFile(mkdtempSync(join(largeFileFolder(), 'distill-model-')))
      written.write(model)
      return written
    } catch {
      written?.close()
      return undefined
    }
  }

  private write(model: OnnxModel): void {
    const external = externalPlaces(largeTensors(model), file)
    for (const { name, bytes } of largeTensors(model)) {
      const { offset = 0 } = external.get(name) ?? {}
      for (let done = 0; done < bytes.byteLength; )
        done += writeSync(this.descriptor, bytes, done, bytes.byteLength - done, offset + done)
      this.places.set(name, { offset, bytes: bytes.byteLength })
    }
    writeFileSync(this.path, modelBytes(model, runtimeFormat, external))
  }

  has(tensor: string): boolean {
    return this.places.has(tensor)
  }

  read(tensor: string): Float32Array {
    const { offset, bytes } = this.places.get(tensor) ?? { offset: 0, bytes: 0 }
    const values = new Float32Array(bytes / 4)
    for (let done = 0; done < bytes; ) {
      const count = readSync(this.descriptor, values, done, bytes - done, offset + done)
      if (count === 0) throw new Error(`the values of ${tensor} are no longer in ${this.folder}`)
      done += count
    }
    return values
  }

  /**
   * Call it after ONNX Runtime has read the model. If the system allows it, the open file loses its name, and
   * a killed process leaves nothing.
   */
  opened(): void {
    if (process.platform !== 'win32') rmSync(this.folder, { recursive: true, force: true })
  }

  /** Values cannot be read afterwards. */
  close(): void {
    closeSync(this.descriptor)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function largeTensors({ initializers }: OnnxModel): OnnxModel['initializers'] {
  return initializers.filter(({ bytes }) => bytes.byteLength >= smallest)
}

/** Bytes that a file would have. */
export function largeBytes(model: OnnxModel): number {
  return largeTensors(model).reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
}
