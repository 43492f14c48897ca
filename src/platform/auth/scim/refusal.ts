import { Problem, type ProblemCode } from '#platform/errors.ts'
import { ERROR_SCHEMA, SCIM_MEDIA_TYPE } from '#platform/auth/scim/contract.ts'
import { problemBody } from '#platform/http/problem.ts'

/** Keywords of RFC 7644, section 3.12, that we use. */
export type ScimType = 'invalidFilter' | 'tooMany' | 'uniqueness' | 'mutability' | 'invalidSyntax' | 'invalidPath' | 'noTarget' | 'invalidValue'

/** A refusal that SCIM has a keyword for. */
export class ScimProblem extends Problem {
  readonly scimType: ScimType

  constructor(code: ProblemCode, scimType: ScimType, detail: string, cause?: unknown) {
    super(code, detail, { cause })
    this.scimType = scimType
  }
}

/** What the body's grammar refuses is `invalidSyntax` (RFC 7644, section 3.12, table 9). */
const SYNTAX: ReadonlySet<ProblemCode> = new Set(['MALFORMED_JSON', 'INVALID_UTF8', 'DUPLICATE_KEY', 'FORBIDDEN_KEY', 'NUMBER_OUT_OF_RANGE', 'TOO_DEEP'])

/** A refusal as SCIM words it (RFC 7644, section 3.12), with our own code and request number for whoever looks into it. */
export function scimRefusal(problem: Problem, requestId: string): { readonly type: string; readonly body: object } {
  const { detail, code, fields, status } = problemBody(problem, requestId)
  const scimType = problem instanceof ScimProblem ? problem.scimType : SYNTAX.has(code) ? 'invalidSyntax' : undefined
  return { type: SCIM_MEDIA_TYPE, body: { schemas: [ERROR_SCHEMA], status: String(status), ...(scimType && { scimType }), detail, code, fields, requestId } }
}
