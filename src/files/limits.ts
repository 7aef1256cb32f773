/**
 * The limits of the files that are read, so that a small file can take neither all memory nor all time.
 * docs/limits.md has their reasons, and a test compares its numbers with these. The limits of specs are in
 * src/syntax/limits.ts.
 */
export const fileLimits = {
  /** Characters of one line of data or of word vectors. */
  line: 4_000_000,
  /** Bytes of a file of text, unpacked: what one text of JavaScript holds. */
  text: 2 ** 29,
  /** Bytes of a file of JSON: a tokenizer, a log, the index of weights. */
  json: 2 ** 28,
  /** Bytes of a model's config.json. */
  config: 2 ** 24,
  /** Nested records and lists in the schema of a Parquet file. */
  nesting: 100,
  /** Bytes of a file that is read whole: Parquet, a SentencePiece model. */
  whole: 2 ** 31 - 1,
  /**
   * Bytes to which the pages of a Parquet file may unpack: so many, and so many for each byte of the file.
   */
  parquetBytes: 2 ** 26,
  parquetBytesPerByte: 200,
  /** Values of a Parquet file: so many, and so many for each byte of the file. */
  parquetValues: 1_000_000,
  parquetValuesPerByte: 20,
  /** Columns, records and lists that the schema of a Parquet file describes. */
  parquetSchema: 10_000,
  /** Bytes of the header of a safetensors file. */
  safetensorsHeader: 100_000_000,
  /** Bytes of the description of a PyTorch checkpoint, without its tensors. */
  pickle: 2 ** 26,
} as const
