/** Thrown when an evaluation has used up its steps; a result that would need more is neither true nor false. */
export class BudgetSpent extends Error {}

/** Counts the steps of evaluations, each a small bounded piece of work (well under a microsecond). */
export class Meter {
  left: number

  constructor(steps: number) {
    this.left = steps
  }

  /** Takes steps off; throws `BudgetSpent` when there are not enough. */
  spend(steps: number): void {
    this.left -= steps
    if (this.left < 0) throw new BudgetSpent('the budget of steps is spent')
  }
}
