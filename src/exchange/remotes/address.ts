import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'

/**
 * An address as it will be asked, with a slash at its end. What its name resolves to is looked at whenever it is connected to, not
 * here: a name can point elsewhere later. Throws VALIDATION_FAILED for one that is never connected to.
 */
export function checkedAddress({ config }: Pick<App, 'config'>, address: string, field: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const named = url !== undefined && config.remotePrivateHosts.includes(url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase())
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && named))) throw refused(field, 'an https address')
  if (url.username !== '' || url.password !== '') throw refused(field, 'an address without a user name or password')
  if (url.hash !== '' || url.search !== '') throw refused(field, 'an address without a query or a fragment')
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
