import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { unsealText } from '#platform/crypto/seal-text.ts'
import { route, type Route } from '#platform/http/route.ts'
import { closeCandidate } from '#program/candidates/close-candidate.ts'
import { CandidateList, CandidateParams, CloseCandidate, type Candidate } from '#program/candidates/contract.ts'
import { reasonOf } from '#program/candidates/reason.ts'
import { listCandidates } from '#program/candidates/store.ts'
import { may } from '#program/policy.ts'

/** Zero-day candidates that the scanner raised. */
export function routes(app: App): Route[] {
  const common = { tag: 'candidates' } as const
  return [
    route({
      ...common,
      method: 'GET',
      url: '/api/zero-day-candidates',
      summary: 'Zero-day candidates that the scanner raised: all that are open, then the newest of those that were closed.',
      access: may.listCandidates,
      response: CandidateList,
      handle: ({ actor }) => app.db.read(actor, async (tx) => ({ items: (await listCandidates(tx)).map((row) => shown(app, row)) })),
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/zero-day-candidates/:id/close',
      summary: 'Decides about a candidate: it is taken on as a vulnerability, or it was a false alarm and its submitter may know what was seen.',
      access: may.closeCandidate,
      params: CandidateParams,
      body: CloseCandidate,
      status: 204,
      response: z.undefined(),
      handle: ({ actor, params, body }) => closeCandidate(app, actor, params.id, body).then(() => undefined),
    }),
  ]
}

function shown(app: App, row: Awaited<ReturnType<typeof listCandidates>>[number]): z.input<typeof Candidate> {
  const { id, submission_id: submission, line, environments, seen_at: seenAt, outcome, sealed_reason: sealed, closed_by: by, closed_at: at } = row
  const closed =
    outcome !== null && sealed !== null && by !== null && at !== null
      ? { outcome, reason: unsealText(app.keys, reasonOf(id), sealed), by: { id: by, name: row.closed_by_name ?? 'a former colleague' }, at }
      : null
  return { id, submission, line, environments: [...environments], seenAt, closed }
}
