/**
 * F1 of true and false positives summed over all classes (scikit-learn's `average="micro"`). With one label
 * for each example, each wrong answer is a false positive of one class and a false negative of another, so it
 * equals the accuracy. It exists for papers that report it.
 */
import { accuracy } from './accuracy.ts'
import type { Metric } from './metric.ts'

export const microF1: Metric<'class'> = { ...accuracy }
