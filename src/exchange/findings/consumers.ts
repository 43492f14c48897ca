import { consumer, type Consumer } from '#platform/events/events.ts'
import { VERSION } from '#platform/version.ts'
import { submissionScanned } from '#scanner/submissions/contract.ts'
import { publishFinding } from '#exchange/findings/publish-finding.ts'

/** Publishes what the scanner found, with the submitter's marking; never what the submitter keeps private, nor what has no verdict. */
const publish = consumer({
  name: 'findings.publish',
  type: submissionScanned,
  handle: async (app, { operator, data, happenedAt }) => {
    const { exploit, organisation: contributor } = data
    if (operator === undefined) throw new Error('a submission was scanned for no operator')
    if (!data.share || exploit === null) return
    await publishFinding(app, { operator, contributor, verdict: { ...data, operator, exploit, happenedAt, version: VERSION } })
  },
})

export const consumers: readonly Consumer[] = [publish]
