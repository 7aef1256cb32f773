/** What a spec is written from beside the data: sizes, rates and budgets of teacher and student. */

export interface Shape {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
}

export interface Budget {
  readonly steps: number
  /** Whole epochs; absent where the time allows less than two, and steps are counted. */
  readonly epochs?: number
}

export interface Design {
  readonly teacher: Shape
  readonly student: Shape
  readonly teacherRate: number
  readonly studentRate: number
  readonly batch: number
  /** Training examples that are read, where the time does not suffice for all. */
  readonly limit?: number
  readonly learn: Budget
  /** Of the student alone. The distilled one takes as many steps in all its stages. */
  readonly student_budget: Budget
}
