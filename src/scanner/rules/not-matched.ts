import type { NotChecked, NotScanned } from '#scanner/verdict/contract.ts'
import { MOST_MATCHES } from './matches.ts'

/** More rules match than are kept; `what` names the rules. */
export function tooMany(what = 'YARA rules'): NotChecked {
  return { path: '/', what, why: `more than ${MOST_MATCHES} matches`, reason: 'limit', limit: 'facts' }
}

/** Why rules were not matched, as something that was not examined. */
export function notMatched({ code, limit, detail }: NotScanned['reason'], what = 'YARA rules'): NotChecked {
  return { path: '/', what, why: detail.slice(0, 300), reason: code, ...(limit && { limit }) }
}
