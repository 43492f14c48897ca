import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'

/** An operator, and where its programme is shown. */
export interface PublicOperator {
  readonly id: OperatorId
  readonly name: string
  /** Its part of the address; the first operator's pages are at the plain path too. */
  readonly slug: string
  readonly path: string
}

/** What stands at this place of an address and is no operator. */
const TAKEN = new Set(['', 'criteria', 'faq', 'members', 'logos', 'apply'])

/** Every operator, the first one first. Two names that make one slug keep apart by their ids. */
export async function listPublicOperators(tx: Tx): Promise<PublicOperator[]> {
  const rows = await tx.db.selectFrom('operator').select(['id', 'name']).orderBy('created_at').orderBy('id').execute()
  const taken = new Set(TAKEN)
  return rows.map(({ id, name }, index) => {
    const wanted = slugOf(name)
    const slug = taken.has(wanted) ? id : wanted
    taken.add(slug)
    return { id: id as OperatorId, name, slug, path: index === 0 ? '/programme' : `/programme/${slug}` }
  })
}

/** The operator of this part of an address; the first without one. */
export async function findPublicOperator(tx: Tx, slug: string | undefined): Promise<PublicOperator | undefined> {
  const operators = await listPublicOperators(tx)
  return slug === undefined ? operators[0] : operators.find((operator) => operator.slug === slug)
}

function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
}
