import { Problem } from '#platform/errors.ts'

/** VALIDATION_FAILED of one field. */
export function fieldProblem(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
