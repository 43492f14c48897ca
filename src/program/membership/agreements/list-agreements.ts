import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import type { PageQuery } from '#platform/http/page.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { accessOf } from '#program/membership/agreements/access.ts'
import type { Agreement, AgreementAccess, AgreementList, AgreementMember, AgreementVersion, SignatureState } from '#program/membership/agreements/contract.ts'
import { openRefusal } from '#program/membership/agreements/countersign-agreement.ts'
import { showDraft } from '#program/membership/agreements/draft-agreement.ts'
import { operatorMeant } from '#program/membership/agreements/parties.ts'
import { listAccepted, listSignatures, type AcceptedVersion, type SignatureSummary } from '#program/membership/agreements/signature-store.ts'
import { signerOf } from '#program/membership/agreements/signer.ts'
import { findText, listDrafts, listMembers, listTexts, operatorsOf, type MemberRow, type Text } from '#program/membership/agreements/store.ts'

type SignatureView = z.input<typeof SignatureState>

/** Every version that the actor may read; to a contact also how far its organisation is and until when it may go on, to the operator the drafts. */
export async function listAgreements(app: App, actor: PersonActor): Promise<z.input<typeof AgreementList>> {
  return app.db.read(actor, async (tx) => {
    const texts = await listTexts(tx)
    if (actor.kind === 'contact') return listForMember(app, tx, actor, texts)
    const drafts = await listDrafts(tx, actor.operator, app.clock.now())
    return { items: texts.map((text) => showText(text, undefined)), access: [], drafts: drafts.map(showDraft) }
  })
}

async function listForMember(app: App, tx: Tx, actor: ContactActor, texts: readonly Text[]): Promise<z.input<typeof AgreementList>> {
  const items: z.input<typeof AgreementVersion>[] = []
  const access: z.input<typeof AgreementAccess>[] = []
  for (const operator of await operatorsOf(tx, actor.organisation)) {
    const own = texts.filter(({ operator_id }) => operator_id === operator.id)
    const state = await stateOf(app, tx, actor, operator.id)
    items.push(...own.map((text) => showText(text, state.signatures.get(text.version))))
    const { entitled, until } = accessOf(toIssued(own), state.accepted, app.clock.now())
    access.push({ operator, newest: own[0]?.version ?? null, accepted: newestOf(state.accepted), entitled, until })
  }
  return { items, access, drafts: [] }
}

/** One version with its words. Throws NOT_FOUND for one that the actor may not read. */
export async function showAgreement(
  app: App,
  actor: PersonActor,
  wanted: { readonly version: number; readonly operator: OperatorId | undefined },
): Promise<z.input<typeof Agreement>> {
  return app.db.read(actor, async (tx) => {
    const operator = await operatorMeant(tx, actor, wanted.operator)
    const text = await findText(tx, operator, wanted.version)
    if (!text) throw new Problem('NOT_FOUND')
    const state = actor.kind === 'contact' ? await stateOf(app, tx, actor, operator) : undefined
    return { ...showText(text, state?.signatures.get(text.version)), text: text.text }
  })
}

/** The operator's members: which version each has signed, what waits, and whose access stops when. */
export function listAgreementMembers(app: App, actor: OperatorActor, query: z.output<typeof PageQuery>) {
  const read = (limit: number, before: string | undefined) =>
    app.db.read(actor, async (tx) => {
      const members = await listMembers(tx, actor.operator, { limit, before })
      const ids = members.map(({ id }) => id)
      const texts = (await listTexts(tx)).filter(({ operator_id }) => operator_id === actor.operator)
      const signatures = await listSignatures(tx, actor.operator, ids)
      const accepted = await listAccepted(tx, actor.operator, ids)
      return members.map((member) => ({ id: member.id, view: showMember(app, member, { texts, signatures, accepted }) }))
    })
  return pageById(app, 'agreement-members', query, read, ({ view }) => view)
}

interface Known {
  readonly texts: readonly Text[]
  readonly signatures: readonly SignatureSummary[]
  readonly accepted: readonly AcceptedVersion[]
}

function showMember(app: App, member: MemberRow, known: Known): z.input<typeof AgreementMember> {
  const accepted = known.accepted.filter(({ organisation_id }) => organisation_id === member.id)
  const signatures = known.signatures.filter(({ organisation_id }) => organisation_id === member.id)
  const versions = accepted.map(({ version }) => version)
  const all = bySignedVersion(app, signatures, accepted)
  const last = newestOf([...all.keys()])
  const { entitled, until } = accessOf(toIssued(known.texts), versions, app.clock.now())
  return {
    organisation: { id: member.id, name: member.name },
    membership: member.state as z.input<typeof AgreementMember>['membership'],
    accepted: newestOf(versions),
    entitled,
    until,
    signature: last === null ? null : { version: last, ...all.get(last)! },
  }
}

async function stateOf(app: App, tx: Tx, actor: ContactActor, operator: OperatorId) {
  const accepted = await listAccepted(tx, operator, [actor.organisation])
  const signatures = await listSignatures(tx, operator, [actor.organisation])
  return { accepted: accepted.map(({ version }) => version), signatures: bySignedVersion(app, signatures, accepted) }
}

/** What was signed with a passkey, and what was taken over as accepted without: there is no document of that. */
function bySignedVersion(app: App, signatures: readonly SignatureSummary[], accepted: readonly AcceptedVersion[]): Map<number, SignatureView> {
  const signed = signatures.map((signature) => [signature.version, showSignature(app, signature)] as const)
  const takenOver = accepted.map(({ version, accepter_name, accepted_at, countersigned_at }) => {
    const view = { state: 'countersigned', signedBy: accepter_name ?? '', signedAt: accepted_at, countersignedAt: countersigned_at } as const
    return [version, { ...view, refusal: null, document: false }] as const
  })
  return new Map<number, SignatureView>([...takenOver, ...signed])
}

function showSignature(app: App, { id, statement, signed_at, refused_at, refusal, countersigned_at }: SignatureSummary): SignatureView {
  return {
    state: countersigned_at ? 'countersigned' : refused_at ? 'refused' : 'waits',
    signedBy: signerOf(statement).name,
    signedAt: signed_at,
    countersignedAt: countersigned_at,
    refusal: refusal && openRefusal(app, id, refusal),
    document: countersigned_at !== null,
  }
}

function showText(text: Text, signature: SignatureView | undefined): z.input<typeof AgreementVersion> {
  return {
    operator: { id: text.operator_id, name: text.operator_name },
    version: text.version,
    sha256: text.sha256.toString('hex'),
    issuedAt: text.created_at,
    acceptBy: text.accept_by,
    signature: signature ?? null,
  }
}

const toIssued = (texts: readonly Text[]) => texts.map(({ version, accept_by }) => ({ version, acceptBy: accept_by }))
const newestOf = (versions: readonly number[]) => (versions.length > 0 ? Math.max(...versions) : null)
