import { consumer, type Consumer } from '#platform/events/events.ts'
import { VERSION } from '#platform/version.ts'
import { submissionScanned } from '#scanner/submissions/contract.ts'
import { publishFinding } from '#exchange/findings/publish-finding.ts'

/** Publishes what the scanner found, with the submitter's marking and for whom the scanner says; never what the submitter keeps private, nor what has no verdict. */
const publish = consumer({
  name: 'findings.publish',
  type: submissionScanned,
  handle: async (app, { id: event, operator, data, happenedAt }) => {
    const { exploit, organisation: contributor, audience } = data
    if (operator === undefined) throw new Error('a submission was scanned for no operator')
    if (!data.share || exploit === null) return
    await publishFinding(app, { event, operator, contributor, audience, verdict: { ...data, operator, exploit, happenedAt, version: VERSION } })
  },
})

export const consumers: readonly Consumer[] = [publish]
