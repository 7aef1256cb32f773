/** The parts of an explanation below its summary, in their order. */
export const reportParts = ['parameters', 'maps', 'stages', 'losses', 'passes'] as const

export type ReportPart = (typeof reportParts)[number]

/** What is shown unasked: the others are for those who look for a cause. */
export const usualParts: ReadonlySet<ReportPart> = new Set(['parameters', 'maps', 'stages'])

export function isReportPart(name: string): name is ReportPart {
  return reportParts.some((part) => part === name)
}
