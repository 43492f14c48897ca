import type { StixObject } from '#exchange/stix/check.ts'
import { compareInstants } from '#exchange/stix/instant.ts'

/**
 * Why two versions of one object by the same contributor cannot both be (section 3.6), whichever came first; undefined when
 * they can. A version is its id and when it was modified; both passed the checks. That two of the same instant say the same is
 * for `saysTheSame` to tell, and that none is before its creation for `checkObject`. Observables have no versions.
 */
export function faultOfNextVersion(before: StixObject, after: StixObject): string | undefined {
  if (before.type === 'marking-definition') return '/modified: a definition of a marking has no versions'
  const order = compareInstants(modifiedAt(before), modifiedAt(after))
  if (order < 0 && before.revoked === true) return '/revoked: was revoked, which is final'
  if (order > 0 && after.revoked === true) return '/revoked: a later version is there, and revocation is final'
  if (before.created !== undefined && after.created !== undefined && compareInstants(before.created, after.created) !== 0)
    return '/created: is not that of the other versions'
  return before['created_by_ref'] === after['created_by_ref'] ? undefined : '/created_by_ref: is not that of the other versions'
}

function modifiedAt(object: StixObject): string {
  return object.modified ?? object.created ?? ''
}
