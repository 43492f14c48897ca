import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { textDigest, type AgreementMatter } from '#program/membership/agreements/agreement-statement.ts'
import { findText, listMembers, listTexts, operatorsOf, type MemberRow, type Text } from '#program/membership/agreements/store.ts'

/**
 * The operator whose agreement is meant: the actor's own, or for a contact the one of which its organisation is a member. Throws
 * NOT_FOUND for another, VALIDATION_FAILED where a contact has to say which of several.
 */
export async function operatorMeant(tx: Tx, actor: PersonActor, wanted: OperatorId | undefined): Promise<OperatorId> {
  if (actor.kind === 'operator') {
    if (wanted !== undefined && wanted !== actor.operator) throw new Problem('NOT_FOUND')
    return actor.operator
  }
  const operators = await operatorsOf(tx, actor.organisation)
  if (wanted === undefined && operators.length > 1) {
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/query/operator', message: 'you are a member of several operators; say which' }] })
  }
  const found = wanted === undefined ? operators[0] : operators.find(({ id }) => id === wanted)
  if (!found) throw new Problem('NOT_FOUND')
  return found.id
}

export interface Parties {
  readonly text: Text & { readonly text: string }
  readonly member: MemberRow
  readonly matter: AgreementMatter & { readonly operator: { readonly id: OperatorId }; readonly organisation: { readonly id: OrganisationId } }
}

/** The text and the member of an agreement. Throws NOT_FOUND unless the actor may see both, and for an organisation that is no member any more. */
export async function findParties(app: App, tx: Tx, operator: OperatorId, organisation: OrganisationId, version: number): Promise<Parties> {
  const text = await findText(tx, operator, version)
  const [member] = await listMembers(tx, operator, { limit: 1, only: organisation })
  if (!text || !member) throw new Problem('NOT_FOUND')
  const sha256 = text.sha256.toString('hex')
  if (textDigest(text.text) !== sha256) {
    app.log.error({ operator, version }, 'the text of an agreement does not have its hash')
    throw new Problem('CONFLICT', 'The text of this agreement is not what was issued; nothing can be signed until the audit log is verified.')
  }
  const named = { id: text.operator_id, name: text.operator_name }
  return { text, member, matter: { operator: named, organisation: { id: member.id, name: member.name }, version, sha256 } }
}

/** Throws CONFLICT unless it is the newest text: an earlier one would be signed for nothing. */
export async function requireNewest(tx: Tx, { text }: Parties): Promise<void> {
  const newest = (await listTexts(tx)).find(({ operator_id }) => operator_id === text.operator_id)
  if (newest?.version !== text.version) throw new Problem('CONFLICT', 'A newer version has been issued; sign that one.')
}
