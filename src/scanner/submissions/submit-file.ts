import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'
import type { Upload } from '#platform/http/upload.ts'
import { MOST_SAMPLE_BYTES, type SubmissionOptions, type SubmitQuery } from '#scanner/submissions/contract.ts'
import { checkWay } from '#scanner/egress-settings/ways-out.ts'
import { sealName } from '#scanner/submissions/file-name.ts'
import { operatorOf } from '#scanner/submissions/operator-of.ts'
import { optionsOfQuery } from '#scanner/submissions/options.ts'
import { SCAN_QUEUE } from '#scanner/submissions/queue.ts'
import {
  countOpen,
  findSame,
  findSubmission,
  insertSubmission,
  setJob,
  submissionRow,
  takeTurn,
  type NewSubmission,
  type ShownSubmission,
} from '#scanner/submissions/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/** Submissions of one organisation that may be without an answer at a time. */
export const MOST_OPEN = 200
const RETRY_AFTER_SECONDS = 60

export interface SubmitResult {
  readonly submission: ShownSubmission
  /** False: the same organisation handed in the same bytes under the same conditions before, and this is that submission. */
  readonly created: boolean
}

/**
 * Takes a file in and has it scanned. Throws VALIDATION_FAILED for an empty file and for an operator that has to be named or
 * is not the submitter's, FORBIDDEN for an organisation that is an active member nowhere and for a way out that is not permitted, RATE_LIMITED for one
 * with so many unfinished submissions that it has to wait.
 */
export async function submitFile(app: App, actor: PersonActor, query: z.output<typeof SubmitQuery>, upload: Upload): Promise<SubmitResult> {
  const { tlp, share, operator } = query
  const wish = { kind: 'file', tlp, share: share === 'true', operator, options: optionsOfQuery(query) } as const
  return takeIn(app, actor, wish, { bytes: notEmpty(upload.bytes), name: upload.name, field: '/query/operator' })
}

export interface Wanted {
  readonly kind: NewSubmission['kind']
  readonly tlp: NewSubmission['tlp']
  readonly share: boolean
  readonly operator: OperatorId | undefined
  readonly options: SubmissionOptions
}

/** Takes a file, or the address of a page, in. Throws as `submitFile` does; `field` is the one that names the operator. */
export async function takeIn(
  app: App,
  actor: PersonActor,
  { kind, tlp, share, operator: named, options }: Wanted,
  { bytes, name, field }: { readonly bytes: AsyncIterable<Uint8Array>; readonly name: string | undefined; readonly field: string },
): Promise<SubmitResult> {
  // Before the bytes, so that nobody sends them in vain; and again in the transaction that counts.
  await app.db.read(actor, async (tx) => {
    await checkWay(app, tx, actor, await operatorOf(tx, actor, named, field), options.egress)
    if ((await countOpen(tx, actor)) >= MOST_OPEN) throw tooMany()
  })
  const stored = await app.objects.store(bytes, { limit: MOST_SAMPLE_BYTES })
  const result = await app.db.transaction(actor, async (tx): Promise<SubmitResult | undefined> => {
    await takeTurn(tx, actor)
    const id = app.ids.next<'submission'>()
    const submission: NewSubmission = {
      id,
      operator: await operatorOf(tx, actor, named, field),
      organisation: actor.kind === 'contact' ? actor.organisation : null,
      person: actor.person,
      at: app.clock.now(),
      kind,
      options,
      tlp,
      share,
      sample: await app.objects.record(tx, stored),
      sealedName: name === undefined ? null : sealName(app.keys, id, name),
    }
    const full = (await countOpen(tx, actor)) >= MOST_OPEN
    const created = !full && (await insertSubmission(tx, submission))
    if (created) await enqueue(app, tx, submission)
    // The copy goes; recorded first, because only what has a row can be removed at once.
    else await app.objects.remove(tx, stored.id)
    if (full) return undefined
    return { submission: await find(tx, actor, created ? id : await findSame(tx, submission)), created }
  })
  if (!result) throw tooMany()
  return result
}

function tooMany(): RateLimited {
  return new RateLimited(
    RETRY_AFTER_SECONDS,
    `Your organisation has ${MOST_OPEN} files that are not scanned yet; hand in more when some of them have their answer.`,
  )
}

/** Has it scanned. */
export async function enqueue(app: App, tx: Tx, { id, operator, organisation }: NewSubmission): Promise<void> {
  await setJob(tx, id, await app.jobs.send(tx, SCAN_QUEUE, { submission: id }, { group: organisation ?? operator }))
  app.audit.record(tx, { action: 'submission.received', subject: id, operator, binds: [submissionRow({ id })] })
}

/** It was there a moment ago: somebody deleted it between the two statements. */
async function find(tx: Tx, actor: PersonActor, id: SubmissionId | undefined): Promise<ShownSubmission> {
  const submission = id === undefined ? undefined : await findSubmission(tx, actor, id)
  if (!submission) throw new Problem('CONFLICT', 'The same file was being deleted at this moment; send it again.')
  return submission
}

async function* notEmpty(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let empty = true
  for await (const chunk of bytes) {
    empty &&= chunk.length === 0
    yield chunk
  }
  if (empty) throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body', message: 'a file of at least one byte' }] })
}
