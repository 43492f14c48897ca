import type { FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import { notify } from '#platform/notices/notify.ts'
import { changeOwnApplication, evidenceOf, type Held } from '#program/membership/applications/applicant.ts'
import { answer, submit, withdraw, type Clarifying } from '#program/membership/applications/application.ts'
import { Answers } from '#program/membership/applications/contract.ts'
import { evidenceRow, listEvidence, setEvidenceSubmitted } from '#program/membership/applications/evidence-store.ts'
import { forgetDraft } from '#program/membership/applications/forget-drafts.ts'
import { askForScan } from '#program/membership/applications/keep-scan.ts'
import { loadApplication } from '#program/membership/applications/load-application.ts'
import { endJudgements, setAnswered } from '#program/membership/applications/review-store.ts'
import { requireVersion } from '#program/membership/applications/save-draft.ts'
import { seal, unseal } from '#program/membership/applications/sealed.ts'
import { answersRow, applicationRow, insertAnswers, updateApplication, type ApplicationRow } from '#program/membership/applications/store.ts'
import { setInForce, toStored } from '#program/membership/criteria/set-store.ts'

/** Sends a draft in: from now on it is evidence. Throws VALIDATION_FAILED with every field that is missing or wrong, and CONFLICT when it was sent in already. */
export async function submitApplication(app: App, request: FastifyRequest, version: number): Promise<void> {
  await changeOwnApplication(app, request, async (held) => {
    const { tx, row, at } = held
    if (row.state !== 'draft') throw new Problem('CONFLICT', 'This application was sent in already.')
    requireVersion(row, version)
    const set = await setInForce(tx, row.operator_id, row.kind)
    const sent = submit({ id: row.id, operator: row.operator_id, set, answers: checkedAnswers(app, row), at, renewal: row.organisation_id !== null })
    const binds = await keepAnswers(app, held, sent.answers, 1)
    const change = { set_id: set.id, criteria: JSON.stringify(toStored(set.criteria)), submitted_at: at }
    await updateApplication(tx, row, { ...change, state: sent.state, answers_version: 1, saved_at: at })
    record(app, held, 'application.submitted', { set: set.id, kind: row.kind, renewal: row.organisation_id !== null, answers: 1 }, binds)
    await tellOfficers(app, tx, row, 'application.submitted')
  })
}

/** Sends the answer to a question in, as new answers as a whole. Throws as `submitApplication`. */
export async function answerQuestion(app: App, request: FastifyRequest, version: number): Promise<void> {
  await changeOwnApplication(app, request, async (held) => {
    const { tx, row, at } = held
    if (row.state !== 'clarifying') throw new Problem('CONFLICT', 'No question waits for an answer.')
    requireVersion(row, version)
    const { application } = await loadApplication(app, tx, row)
    const answered = answer(application as Clarifying, checkedAnswers(app, row), at)
    const next = answered.answersVersion
    const ended = await endJudgements(tx, row.id, 'all', at)
    const binds = [...(await keepAnswers(app, held, answered.answers, next)), ...(await setAnswered(tx, row.id, at)), ...ended]
    await updateApplication(tx, row, { state: answered.state, answers_version: next, saved_at: at })
    record(app, held, 'application.answered', { answers: next, judgementsEnded: ended.length }, binds)
    await tellOfficers(app, tx, row, 'application.answered')
  })
}

/** Takes an application back before it is decided; a draft is forgotten with all that belongs to it. Throws CONFLICT when it was decided or taken back. */
export async function withdrawApplication(app: App, request: FastifyRequest, version: number): Promise<void> {
  await changeOwnApplication(app, request, async (held) => {
    const { tx, row, at } = held
    requireVersion(row, version)
    if (row.state === 'draft') return forgetDraft(app, tx, row.id)
    if (row.state !== 'in-review' && row.state !== 'clarifying') throw new Problem('CONFLICT', 'This application was decided or taken back already.')
    const { application } = await loadApplication(app, tx, row)
    const withdrawn = withdraw(application, at)
    await updateApplication(tx, row, { state: withdrawn.state, withdrawn_at: withdrawn.withdrawnAt, saved_at: at })
    record(app, held, 'application.withdrawn', {}, [])
  })
}

function record(app: App, { tx, row }: Held, action: string, details: Readonly<Record<string, string | number | boolean>>, binds: Binds): void {
  app.audit.record(tx, { action, subject: row.id, ...evidenceOf(row), details, binds: [applicationRow({ id: row.id }), ...binds] })
}
type Binds = Awaited<ReturnType<typeof setAnswered>>

/** What stands in the form, checked; a field is named as it stands there. */
function checkedAnswers(app: App, row: ApplicationRow): Answers {
  const typed = JSON.parse(row.draft ? unseal(app.keys, 'draft', [row.id], row.draft) : '{}') as object
  const parsed = Answers.safeParse({ ...typed, kind: row.kind })
  if (parsed.success) return parsed.data
  throw new Problem('VALIDATION_FAILED', 'Something is missing or does not fit yet.', { fields: fieldsOf(parsed.error, '/answers') })
}

async function keepAnswers(app: App, { tx, row, at }: Held, answers: Answers, version: number): Promise<Binds> {
  const sealed = seal(app.keys, 'answers', [row.id, version], JSON.stringify(answers))
  await insertAnswers(tx, { application: row.id, version, operator: row.operator_id, answers: sealed, at })
  for (const sent of await setEvidenceSubmitted(tx, row.id, at)) await askForScan(app, tx, sent)
  const evidence = (await listEvidence(tx, row.id)).map(({ id }) => evidenceRow({ id }))
  return [answersRow({ application_id: row.id, version: String(version) }), ...evidence]
}

async function tellOfficers(app: App, tx: Tx, row: ApplicationRow, kind: 'application.submitted' | 'application.answered'): Promise<void> {
  await notify(app, tx, await membershipOfficers(tx, row.operator_id), kind, { application: row.id })
}
