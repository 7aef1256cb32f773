/**
 * What package.json says of the packages that are installed with it: read from package-lock.json, for those
 * that dependencies bring too.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { root } from './modules.ts'

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      engines: z.record(z.string(), z.string()).optional(),
    }),
  ),
})
const manifestSchema = z.object({
  engines: z.object({ node: z.string() }),
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
})

const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')))
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

/** Those of `node` that a package refuses, each as `package: what it wants`. */
function refusals(isDev: boolean, node: string): string[] {
  return Object.entries(packages).flatMap(([place, { dev = false, engines }]) =>
    place === '' || dev !== isDev || satisfies(node, engines?.node ?? '*')
      ? []
      : [`${place}: ${engines?.node}`],
  )
}

describe('dependencies', () => {
  it.each(['20.0.0', '22.0.0', '24.0.0', '26.0.0'])('all run on Node %s', (node) => {
    expect(satisfies(node, manifest.engines.node)).toBe(true)
    expect(refusals(false, node)).toEqual([])
  })

  it('for development run on the Node that README asks for', () => {
    const [, asked = ''] =
      /Node (\d+\.\d+) or newer/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
    expect(refusals(true, `${asked}.0`)).toEqual([])
  })

  it('are pinned to one version', () => {
    const { dependencies, optionalDependencies, devDependencies, peerDependencies } = manifest
    const all = { ...dependencies, ...optionalDependencies, ...devDependencies, ...peerDependencies }
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('have ONNX Runtime once, which is large', () => {
    const places = Object.keys(packages).filter((place) => place.endsWith('node_modules/onnxruntime-node'))
    expect(places).toEqual(['node_modules/onnxruntime-node'])
  })
})
