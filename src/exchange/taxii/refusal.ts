import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { problemBody } from '#platform/http/problem.ts'
import type { Refusal } from '#platform/http/refusal.ts'
import { TAXII_MEDIA_TYPE, type TaxiiError } from '#exchange/taxii/contract.ts'

/** Refusals as TAXII words them (section 3.6): our code and the number of the request are in them. Who is not signed in is told every way to do so (section 1.6.9). */
export function taxiiRefusal({ config }: Pick<App, 'config'>): Refusal {
  return (problem, requestId) => {
    const { title, detail, code, status, fields, type } = problemBody(problem, requestId)
    const body: z.input<typeof TaxiiError> = {
      title,
      description: fields.length > 0 ? fields.map(({ field, message }) => `${nameOf(field)}: ${message}`).join('; ') : detail,
      error_id: requestId,
      error_code: code,
      http_status: String(status),
      external_details: new URL(type, config.url).href,
      ...(fields.length > 0 && { details: { fields } }),
    }
    return { type: TAXII_MEDIA_TYPE, body, ...(status === 401 && { headers: { 'www-authenticate': config.basic ? CHALLENGES : CHALLENGES.slice(0, 1) } }) }
  }
}

const CHALLENGES = ['Bearer realm="TAXII"', 'Basic realm="TAXII", charset="UTF-8"']

/** A parameter by the name that the client gave it; everything else by its place. */
function nameOf(pointer: string): string {
  const parameter = /^\/query\/(.+)$/.exec(pointer)?.[1]
  return parameter?.replaceAll('~1', '/').replaceAll('~0', '~') ?? pointer
}
