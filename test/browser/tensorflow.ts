/** TensorFlow.js' packages as modules of a page, served as /tensorflow. */

/** What the packages import that a page does not have: parts for Node, and random numbers that nothing here asks for. */
const nothing = 'data:text/javascript,export default {}'
export const tensorflowImports = {
  '@tensorflow/tfjs-core': '/tensorflow/tfjs-core/dist/tf-core.fesm.min.js',
  '@tensorflow/tfjs-backend-cpu': '/tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.min.js',
  '@tensorflow/tfjs-backend-wasm': '/tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js',
  // Beside TensorFlow, as test/tensorflow/install.ts puts it.
  '@tensorflow/tfjs-backend-webgl': '/installed/tfjs-backend-webgl/dist/tf-backend-webgl.fesm.min.js',
  '@tensorflow/tfjs-converter': '/tensorflow/tfjs-converter/dist/tf-converter.fesm.min.js',
  ...Object.fromEntries(['seedrandom', 'fs', 'os', 'path', 'perf_hooks'].map((name) => [name, nothing])),
}

/** The begin of a script that is given `imports` and `backend`: makes `tf`. */
export const tensorflowScript = `
const map = document.createElement('script')
map.type = 'importmap'
map.textContent = JSON.stringify({ imports: given.imports })
document.head.append(map)
const tf = await import('@tensorflow/tfjs-core')
const backend = await import('@tensorflow/tfjs-backend-' + given.backend)
backend.setWasmPaths?.('/tensorflow/tfjs-backend-wasm/dist/')
await tf.setBackend(given.backend)
`
