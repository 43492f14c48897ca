import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())

/** `taken-on`: it is worked on as a vulnerability, and stays embargoed. `false-alarm`: it is none, and its submitter may know what was seen. */
export const CANDIDATE_OUTCOMES = ['taken-on', 'false-alarm'] as const

/** A document or page to which current and older versions of a viewer react alike. Known to the operator's people alone. */
export const Candidate = z.object({
  id: z.string(),
  /** What was handed in; its people see it as long as it is not deleted. */
  submission: z.string(),
  line: z.string(),
  environments: z.array(z.string()),
  seenAt: instant,
  closed: z.object({ outcome: z.enum(CANDIDATE_OUTCOMES), reason: z.string(), by: z.object({ id: z.string(), name: z.string() }), at: instant }).nullable(),
})
export const CandidateList = z.object({ items: z.array(Candidate) })

/** `POST /api/zero-day-candidates/:id/close`. */
export const CloseCandidate = z.strictObject({ outcome: z.enum(CANDIDATE_OUTCOMES), reason: z.string().trim().min(1).max(2000) })
export const CandidateParams = z.object({ id: idSchema<'zero-day-candidate'>() })

/** What was decided about a candidate. */
export const candidateClosed = defineEvent(
  'zero-day-candidate.closed',
  z.strictObject({ submission: idSchema<'submission'>(), outcome: z.enum(CANDIDATE_OUTCOMES) }),
)
