/**
 * Names and shapes of the tensors of each class of transformers, written down by hand from its source and not from std/, at sizes that tell every
 * axis apart. Also what config.json of such a folder says.
 */
export const sizes = { V: 40, P: 12, T: 2, H: 8, E: 6, I: 20, L: 4, C: 3 }
const { V, P, T, H, E, I, L, C } = sizes

export type Layout = Record<string, readonly number[]>
const linear = (name: string, to: number, from: number): Layout => ({
  [`${name}.weight`]: [to, from],
  [`${name}.bias`]: [to],
})
const norm = (name: string, size: number): Layout => ({
  [`${name}.weight`]: [size],
  [`${name}.bias`]: [size],
})
const each = (count: number, layout: (index: number) => Layout): Layout =>
  Object.assign({}, ...Array.from({ length: count }, (_, index) => layout(index)))
const under = (prefix: string, layout: Layout): Layout =>
  Object.fromEntries(Object.entries(layout).map(([name, shape]) => [prefix + name, shape]))

const embeddings = (size: number, types: boolean): Layout => ({
  'embeddings.word_embeddings.weight': [V, size],
  'embeddings.position_embeddings.weight': [P, size],
  ...(types ? { 'embeddings.token_type_embeddings.weight': [T, size] } : {}),
  ...norm('embeddings.LayerNorm', size),
})

const bert: Layout = {
  ...embeddings(H, true),
  ...each(L, (i) =>
    under(`encoder.layer.${i}.`, {
      ...linear('attention.self.query', H, H),
      ...linear('attention.self.key', H, H),
      ...linear('attention.self.value', H, H),
      ...linear('attention.output.dense', H, H),
      ...norm('attention.output.LayerNorm', H),
      ...linear('intermediate.dense', I, H),
      ...linear('output.dense', H, I),
      ...norm('output.LayerNorm', H),
    }),
  ),
}
const bertPooler = linear('pooler.dense', H, H)
const bertMaskedLm: Layout = {
  'cls.predictions.bias': [V],
  ...linear('cls.predictions.transform.dense', H, H),
  ...norm('cls.predictions.transform.LayerNorm', H),
}

const distilbert: Layout = {
  ...embeddings(H, false),
  ...each(L, (i) =>
    under(`transformer.layer.${i}.`, {
      ...linear('attention.q_lin', H, H),
      ...linear('attention.k_lin', H, H),
      ...linear('attention.v_lin', H, H),
      ...linear('attention.out_lin', H, H),
      ...norm('sa_layer_norm', H),
      ...linear('ffn.lin1', I, H),
      ...linear('ffn.lin2', H, I),
      ...norm('output_layer_norm', H),
    }),
  ),
}

const albert = (groups: number, embedding = E): Layout => ({
  ...embeddings(embedding, true),
  ...linear('encoder.embedding_hidden_mapping_in', H, embedding),
  ...each(groups, (g) =>
    under(`encoder.albert_layer_groups.${g}.albert_layers.0.`, {
      ...norm('full_layer_layer_norm', H),
      ...linear('attention.query', H, H),
      ...linear('attention.key', H, H),
      ...linear('attention.value', H, H),
      ...linear('attention.dense', H, H),
      ...norm('attention.LayerNorm', H),
      ...linear('ffn', I, H),
      ...linear('ffn_output', H, I),
    }),
  ),
})
const albertPooler = linear('pooler', H, H)
const albertMaskedLm: Layout = {
  'predictions.bias': [V],
  ...linear('predictions.dense', E, H),
  ...norm('predictions.LayerNorm', E),
}

/** Sizes of MobileBERT of its own: the bottleneck, feed-forward networks; its masked language model needs a hidden size above the embedding's. */
const mobile = { E: 2, N: 6, F: 3 }
const { N, F } = mobile
const ffn = (prefix: string): Layout => ({
  ...linear(`${prefix}intermediate.dense`, I, N),
  ...linear(`${prefix}output.dense`, N, I),
  ...norm(`${prefix}output.LayerNorm`, N),
})
/** What queries and values are made of: the shared bottleneck and the states, the bottleneck, or the states. */
const mobilebert = (attention: 'shared' | 'within' | 'none'): Layout => ({
  'embeddings.word_embeddings.weight': [V, mobile.E],
  'embeddings.position_embeddings.weight': [P, H],
  'embeddings.token_type_embeddings.weight': [T, H],
  ...linear('embeddings.embedding_transformation', H, 3 * mobile.E),
  ...norm('embeddings.LayerNorm', H),
  ...each(L, (i) =>
    under(`encoder.layer.${i}.`, {
      ...linear('attention.self.query', N, attention === 'none' ? H : N),
      ...linear('attention.self.key', N, attention === 'none' ? H : N),
      ...linear('attention.self.value', N, attention === 'within' ? N : H),
      ...linear('attention.output.dense', N, N),
      ...norm('attention.output.LayerNorm', N),
      ...ffn(''),
      ...linear('output.bottleneck.dense', H, N),
      ...norm('output.bottleneck.LayerNorm', H),
      ...linear('bottleneck.input.dense', N, H),
      ...norm('bottleneck.input.LayerNorm', N),
      ...(attention === 'shared'
        ? { ...linear('bottleneck.attention.dense', N, H), ...norm('bottleneck.attention.LayerNorm', N) }
        : {}),
      ...each(F - 1, (k) => ffn(`ffn.${k}.`)),
    }),
  ),
})
/** The matrix beside the tied one is that of a Linear from the vocabulary, used the other way round. */
const mobilebertMaskedLm: Layout = { ...bertMaskedLm, 'cls.predictions.dense.weight': [H - mobile.E, V] }
const decoder = (size: number, stem: string): Layout => ({
  [`${stem}.decoder.weight`]: [V, size],
  [`${stem}.decoder.bias`]: [V],
})

const bertConfig = {
  model_type: 'bert',
  vocab_size: V,
  max_position_embeddings: P,
  type_vocab_size: T,
  hidden_size: H,
  num_hidden_layers: L,
  num_attention_heads: 2,
  intermediate_size: I,
}
const distilbertConfig = {
  model_type: 'distilbert',
  vocab_size: V,
  max_position_embeddings: P,
  dim: H,
  n_layers: L,
  n_heads: 2,
  hidden_dim: I,
}
const mobilebertConfig = {
  ...bertConfig,
  model_type: 'mobilebert',
  embedding_size: mobile.E,
  intra_bottleneck_size: N,
  num_feedforward_networks: F,
  classifier_activation: false,
}
const albertConfig = { ...bertConfig, model_type: 'albert', embedding_size: E, hidden_act: 'gelu_new' }
const tags = { id2label: { '0': 'O', '1': 'B-place', '2': 'I-place' } }
const labels = { id2label: Object.fromEntries(Array.from({ length: C }, (_, k) => [`${k}`, `label ${k}`])) }

export interface FolderLayout {
  readonly config: Record<string, unknown>
  readonly tensors: Layout
}
const one = (config: Record<string, unknown>, ...tensors: Layout[]): FolderLayout => ({
  config,
  tensors: Object.assign({}, ...tensors),
})
const prefixed = { bert: under('bert.', bert), distilbert: under('distilbert.', distilbert) }
const mobileOf = (attention: 'shared' | 'within' | 'none' = 'shared'): Layout =>
  under('mobilebert.', mobilebert(attention))
const untied = { tie_word_embeddings: false }
const albertOf = (groups: number): Layout => under('albert.', albert(groups))
const pooled = under('bert.', bertPooler)
const classifier = linear('classifier', C, H)
const number = { id2label: { '0': 'LABEL_0' }, problem_type: 'regression' }
const span = linear('qa_outputs', 2, H)
const inAlbert = under('albert.', albertPooler)

/** By class; a second form of a class after a slash. */
export const layouts: Record<string, FolderLayout> = {
  BertModel: one(bertConfig, bert, bertPooler),
  BertForSequenceClassification: one({ ...bertConfig, ...labels }, prefixed.bert, pooled, classifier),
  'BertForSequenceClassification/regression': one(
    { ...bertConfig, ...number },
    prefixed.bert,
    pooled,
    linear('classifier', 1, H),
  ),
  BertForTokenClassification: one({ ...bertConfig, ...tags }, prefixed.bert, classifier),
  BertForQuestionAnswering: one(bertConfig, prefixed.bert, span),
  BertForMaskedLM: one(bertConfig, prefixed.bert, bertMaskedLm),
  BertForPreTraining: one(
    bertConfig,
    prefixed.bert,
    pooled,
    bertMaskedLm,
    linear('cls.seq_relationship', 2, H),
  ),
  BertForNextSentencePrediction: one(bertConfig, prefixed.bert, pooled, linear('cls.seq_relationship', 2, H)),
  'BertForMaskedLM/untied': one(
    { ...bertConfig, ...untied },
    prefixed.bert,
    bertMaskedLm,
    decoder(H, 'cls.predictions'),
  ),
  DistilBertModel: one(distilbertConfig, distilbert),
  DistilBertForSequenceClassification: one(
    { ...distilbertConfig, ...labels },
    prefixed.distilbert,
    linear('pre_classifier', H, H),
    classifier,
  ),
  DistilBertForTokenClassification: one({ ...distilbertConfig, ...tags }, prefixed.distilbert, classifier),
  DistilBertForQuestionAnswering: one(distilbertConfig, prefixed.distilbert, span),
  DistilBertForMaskedLM: one(
    distilbertConfig,
    prefixed.distilbert,
    linear('vocab_transform', H, H),
    norm('vocab_layer_norm', H),
    { 'vocab_projector.bias': [V] },
  ),
  'DistilBertForMaskedLM/untied': one(
    { ...distilbertConfig, ...untied },
    prefixed.distilbert,
    linear('vocab_transform', H, H),
    norm('vocab_layer_norm', H),
    linear('vocab_projector', V, H),
  ),
  AlbertModel: one(albertConfig, albert(1), albertPooler),
  'AlbertModel/two groups': one({ ...albertConfig, num_hidden_groups: 2 }, albert(2), albertPooler),
  'AlbertModel/a map of equal sizes': one({ ...albertConfig, embedding_size: H }, albert(1, H), albertPooler),
  AlbertForSequenceClassification: one({ ...albertConfig, ...labels }, albertOf(1), inAlbert, classifier),
  'AlbertForSequenceClassification/regression': one(
    { ...albertConfig, ...number },
    albertOf(1),
    inAlbert,
    linear('classifier', 1, H),
  ),
  AlbertForTokenClassification: one({ ...albertConfig, ...tags }, albertOf(1), classifier),
  AlbertForQuestionAnswering: one(albertConfig, albertOf(1), span),
  AlbertForMaskedLM: one(albertConfig, albertOf(1), albertMaskedLm),
  AlbertForPreTraining: one(
    albertConfig,
    albertOf(1),
    inAlbert,
    albertMaskedLm,
    linear('sop_classifier.classifier', 2, H),
  ),
  'AlbertForMaskedLM/untied': one(
    { ...albertConfig, ...untied },
    albertOf(1),
    albertMaskedLm,
    decoder(E, 'predictions'),
  ),
  MobileBertModel: one(mobilebertConfig, mobilebert('shared')),
  'MobileBertModel/with a dense pooler': one(
    { ...mobilebertConfig, classifier_activation: true },
    mobilebert('shared'),
    bertPooler,
  ),
  'MobileBertModel/attention within the bottleneck': one(
    { ...mobilebertConfig, use_bottleneck_attention: true, key_query_shared_bottleneck: false },
    mobilebert('within'),
  ),
  'MobileBertModel/LayerNorm, attention between the layers': one(
    {
      ...mobilebertConfig,
      key_query_shared_bottleneck: false,
      normalization_type: 'layer_norm',
      layer_norm_eps: 1e-5,
      hidden_act: 'gelu_new',
    },
    mobilebert('none'),
  ),
  MobileBertForSequenceClassification: one({ ...mobilebertConfig, ...labels }, mobileOf(), classifier),
  'MobileBertForSequenceClassification/regression': one(
    { ...mobilebertConfig, ...number, classifier_activation: true },
    mobileOf(),
    under('mobilebert.', bertPooler),
    linear('classifier', 1, H),
  ),
  MobileBertForTokenClassification: one({ ...mobilebertConfig, ...tags }, mobileOf(), classifier),
  MobileBertForQuestionAnswering: one(mobilebertConfig, mobileOf(), span),
  MobileBertForMaskedLM: one(mobilebertConfig, mobileOf(), mobilebertMaskedLm),
  'MobileBertForMaskedLM/untied': one(
    { ...mobilebertConfig, ...untied },
    mobileOf(),
    mobilebertMaskedLm,
    decoder(mobile.E, 'cls.predictions'),
  ),
  MobileBertForPreTraining: one(
    mobilebertConfig,
    mobileOf(),
    mobilebertMaskedLm,
    linear('cls.seq_relationship', 2, H),
  ),
  MobileBertForNextSentencePrediction: one(
    mobilebertConfig,
    mobileOf(),
    linear('cls.seq_relationship', 2, H),
  ),
}
