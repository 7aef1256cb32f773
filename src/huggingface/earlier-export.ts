/**
 * What an earlier export left in a folder. Another model's files beside those of this one would be read as if
 * they belonged to it; what a user put there stays.
 */
const files = [
  /^(model\.safetensors|vocab\.txt|spiece\.model|special_tokens_map\.json)$/,
  /^(modules|sentence_bert_config|config_sentence_transformers)\.json$/,
  /^\d_(Pooling|Dense|Normalize)\//,
  /^onnx\/model(_quantized|_fp16)?\.onnx(_data)?$/,
]

/** Whether `distill export` writes files of this name. @param file from the folder, with slashes */
export function isExported(file: string): boolean {
  return files.some((name) => name.test(file))
}
