// node run-node.mjs MODULE MODEL FEEDS: logits of every batch, and the milliseconds of one text, as JSON.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { answer } from './answer.mjs'

const [, , place, model, feeds] = process.argv
const ort = createRequire(import.meta.url)(place)
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 })
process.stdout.write(JSON.stringify(await answer(ort, session, JSON.parse(readFileSync(feeds, 'utf8')))))
