import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { countAttempts, insertAttempts, lockSubject } from '#platform/auth/attempt-store.ts'
import { addressSubject } from '#platform/auth/client.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'
import type { OperatorId } from '#platform/ids.ts'
import { issueResumeLink } from '#program/membership/applications/applicant.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import type { StartApplication } from '#program/membership/applications/contract.ts'
import { addressDigest, seal, unseal } from '#program/membership/applications/sealed.ts'
import { findApplication, insertDraft, listOfAddress, listOperators, type ApplicationRow } from '#program/membership/applications/store.ts'
import { tellResumeLink } from '#program/membership/applications/tell-applicant.ts'
import type { ApplicantKind } from '#program/membership/criteria/criterion.ts'

const ACTOR = system('applicant')
/** Within this many minutes one network may start so many applications, and one mail address gets so many links. */
export const STARTS = { minutes: 15, ofNetwork: 20, ofAddress: 3 } as const

/**
 * Mails a link to the address: to its open application with the operator, or to a new one that begins with what was said in the
 * last. Nothing tells the sender which, nor whether a mail went out at all. Throws VALIDATION_FAILED for an operator that is not
 * there or has to be named, RATE_LIMITED for a network that asks too often.
 */
export async function startApplication(app: App, input: z.output<typeof StartApplication>, address: string): Promise<void> {
  await app.db.transaction(ACTOR, async (tx) => {
    const operator = await operatorOf(tx, input.operator)
    const digest = addressDigest(app.keys, input.email)
    const network = `application-start-${addressSubject(address)}`
    const mailbox = `application-mail-${digest.toString('hex')}`
    if ((await tried(tx, network)) >= STARTS.ofNetwork) throw new RateLimited(STARTS.minutes * 60)
    const mayMail = (await tried(tx, mailbox)) < STARTS.ofAddress
    await insertAttempts(tx, mayMail ? [network, mailbox] : [network])
    if (!mayMail) return
    const [last] = await listOfAddress(tx, operator, input.kind, digest)
    const row = last && isOpen(last) ? last : await begin(app, tx, { operator, kind: input.kind, email: input.email, digest, last })
    await tellResumeLink(app, tx, { row, email: input.email, link: await issueResumeLink(app, tx, row) })
  })
}

/** How often a subject has tried within the window; from here to the end of the transaction nobody else tries for it. */
async function tried(tx: Tx, subject: string): Promise<number> {
  if (!(await lockSubject(tx, subject))) throw new RateLimited(1)
  return countAttempts(tx, subject, STARTS.minutes)
}

async function operatorOf(tx: Tx, wanted: OperatorId | undefined): Promise<OperatorId> {
  const operators = (await listOperators(tx)).map(({ id }) => id)
  const operator = wanted === undefined && operators.length === 1 ? operators[0] : operators.find((id) => id === wanted)
  if (operator !== undefined) return operator
  const message = wanted === undefined ? 'the operator whose member you want to be' : 'not an operator here'
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/operator', message }] })
}

const isOpen = ({ state }: ApplicationRow): boolean => state === 'draft' || state === 'in-review' || state === 'clarifying'

interface Begin {
  readonly operator: OperatorId
  readonly kind: ApplicantKind
  readonly email: string
  readonly digest: Buffer
  readonly last: ApplicationRow | undefined
}

async function begin(app: App, tx: Tx, { operator, kind, email, digest, last }: Begin): Promise<ApplicationRow> {
  const id = app.ids.next<'application'>() as ApplicationId
  const text = last?.draft ? unseal(app.keys, 'draft', [last.id], last.draft) : '{}'
  const draft = seal(app.keys, 'draft', [id], text)
  await insertDraft(tx, { id, operator, organisation: null, kind, email: seal(app.keys, 'email', [id], email), digest, draft, at: app.clock.now() })
  return (await findApplication(tx, id))!
}
