import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { StatementFacts } from '#platform/auth/begin-signing.ts'
import { statementDigest, verifyStatement, type SignedStatement } from '#platform/auth/signed-statement.ts'
import type { SignedAgreement } from '#program/membership/agreements/contract.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** What a signature is about: exactly this text between exactly these two. */
export interface AgreementMatter {
  readonly operator: Named
  readonly organisation: Named
  readonly version: number
  /** SHA-256 of the text, hex. */
  readonly sha256: string
}

const SIGNATURE = 'vedette agreement signature v1'
const COUNTERSIGNATURE = 'vedette agreement countersignature v1'

export function textDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What an admin of the member signs. */
export function signatureFacts({ operator, organisation, version, sha256 }: AgreementMatter): StatementFacts {
  const names = ({ id, name }: Named) => ({ id, name })
  return { type: SIGNATURE, operator: names(operator), organisation: names(organisation), agreement: { version, sha256 } }
}

/** What an officer of the operator signs: the same, and the hash of the member's statement. */
export function countersignatureFacts(matter: AgreementMatter, memberStatement: string): StatementFacts {
  return { ...signatureFacts(matter), type: COUNTERSIGNATURE, signature: statementDigest(memberStatement).toString('hex') }
}

/** Whether a statement says exactly these facts, whoever signed it and when. */
export function says(statement: string, facts: StatementFacts): boolean {
  const { person: _person, passkeys: _passkeys, relyingParty: _site, nonce: _nonce, at: _at, ...said } = JSON.parse(statement) as Record<string, never>
  return canonicalJson(said) === canonicalJson(facts)
}

/** Whether a record is a signature by a passkey of exactly its statement. Pure; needs nothing but the record. */
export async function verifySignature(record: SignedStatement): Promise<boolean> {
  return (await verifyStatement(record)) !== undefined
}

/**
 * What is wrong with a signed agreement as it was downloaded; empty when the text, both signatures and what they say of each other
 * hold together. That the passkeys were those people's is what the log proves, not this. Pure.
 */
export async function faultsOf(signed: z.output<typeof SignedAgreement>): Promise<string[]> {
  const faults: string[] = []
  const { member, countersignature, ...matter } = signed
  if (textDigest(signed.text) !== signed.sha256) faults.push('the text does not have the hash that was signed')
  if (!(await verifySignature(member.record))) faults.push('the signature of the member does not verify')
  else if (!says(member.record.statement, signatureFacts(matter))) faults.push('the statement of the member is about something else')
  if (!countersignature) return [...faults, 'the operator has not countersigned']
  if (!(await verifySignature(countersignature.record))) faults.push('the countersignature of the operator does not verify')
  else if (!says(countersignature.record.statement, countersignatureFacts(matter, member.record.statement)))
    faults.push('the statement of the operator is about something else')
  return faults
}
