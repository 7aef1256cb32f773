/** Specs of small models of every family. */
const imports = `import { bert_base, tinybert_4, distilbert, albert_base, albert_base_ffn_shared } from "std/bert.distill"
import { ib_bert_large, mobilebert, mobilebert_masked_lm, mobilebert_tiny } from "std/mobilebert.distill"
import { classifier, first_token_classifier, masked_lm, sentence_order, span } from "std/heads.distill"
`
/** Sizes of MobileBERT. */
export const mobile =
  'vocabulary = 40, positions = 12, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 20, embedding_size = 2, inner_size = 6, stacked = 3'
/** Sizes of the others. */
export const small =
  'vocabulary = 40, positions = 12, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 20'
/** Model M, of an architecture of std/. */
export const spec = (model: string, body = ''): string =>
  `${imports}model m = ${model}\nstudent M : m { ${body} }\n`
