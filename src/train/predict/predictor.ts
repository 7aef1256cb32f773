/** Who answers for a head, by what kind of answers it gives. */
import { LabelPredictor } from './labels.ts'
import { MaskPredictor } from './masks.ts'
import type { LinePredictor, PredictorParts } from './prediction.ts'
import { SpanPredictor } from './spans.ts'
import { TagPredictor } from './tags.ts'

/**
 * Undefined where the head's data block does not say how its texts are read: spans without `label =
 * span(...)`.
 */
export function predictorOf(parts: PredictorParts): LinePredictor | undefined {
  const { label } = parts.data
  switch (parts.output.kind) {
    case 'class':
    case 'number':
      return new LabelPredictor(parts)
    case 'tags':
      return new TagPredictor(parts)
    case 'spans':
      return label?.kind === 'span' ? new SpanPredictor(parts, label) : undefined
    case 'masked':
      return new MaskPredictor(parts)
  }
}
