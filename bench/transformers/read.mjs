// Reads a folder by transformers.js, without network: its configuration, and the ids of the texts (a JSON list) on standard input.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AutoConfig, AutoTokenizer, env } from '@huggingface/transformers'

env.allowRemoteModels = false
env.localModelPath = path.dirname(process.argv[2])
const name = path.basename(process.argv[2])
const config = await AutoConfig.from_pretrained(name)
const tokenizer = await AutoTokenizer.from_pretrained(name)
const ids = JSON.parse(readFileSync(0, 'utf8')).map((text) => tokenizer.encode(text))
const pair = tokenizer.encode('a warm day', { text_pair: 'it is' })
process.stdout.write(
  JSON.stringify({ type: config.model_type, layers: config.num_hidden_layers, reader: tokenizer.constructor.name, ids, pair }),
)
