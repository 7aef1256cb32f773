/**
 * `npx tsx test/tensorflow/install.ts`: TensorFlow for the tests, from the npm registry alone. The package's own installer fetches its native part from elsewhere; here it
 * comes from another npm package, which carries the binding of Linux on x64 with the library of TensorFlow 1.15. Built for Node 12, it runs on later ones: Node-API is stable.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { tensorflowFolder } from './folder.ts'

const [framework, carrier] = ['@tensorflow/tfjs-node@4.22.0', 'tfjs-node-lambda-releases@1.6.1']
const archive = 'tfjs-node-lambda-releases/nodejs12.x-tf2.7.0.br'
const carried = {
  'node_modules/@tensorflow/tfjs-node/lib/napi-v6/tfjs_binding.node': 'lib/napi-v8/tfjs_binding.node',
  'node_modules/@tensorflow/tfjs-node/deps/lib': 'deps/lib',
}

function npmInstall(folder: string, name: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  execFileSync('npm', ['install', ...flags, name], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Made beside its place and put there whole, so that a broken attempt is never found. */
function install(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true })
  const making = mkdtempSync(`${folder}-`)
  try {
    const [home, parcel] = [join(making, 'home'), join(making, 'parcel')]
    for (const [place, name] of [
      [home, framework],
      [parcel, carrier],
    ] as const) {
      mkdirSync(place)
      npmInstall(place, name)
    }
    const packed = readFileSync(join(parcel, 'node_modules', archive))
    const input = brotliDecompressSync(packed)
    execFileSync('tar', ['-x', '-f', '-', '-C', parcel, ...Object.keys(carried)], { input })
    for (const [from, to] of Object.entries(carried)) {
      const target = join(home, 'node_modules/@tensorflow/tfjs-node', to)
      cpSync(join(parcel, from), target, { recursive: true, verbatimSymlinks: true })
    }
    renameSync(home, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

const folder = tensorflowFolder()
if (!existsSync(folder)) install(folder)
process.stdout.write(`${folder}\n`)
