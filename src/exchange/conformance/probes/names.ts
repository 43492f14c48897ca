import { isIP } from 'node:net'
import type { Session } from '#exchange/conformance/session.ts'

/** T40: the SRV record by which a server of this host would be found. Having none is allowed. */
export async function probeNames({ judge, target, options }: Session): Promise<void> {
  const { hostname } = new URL(target.origin)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 || host === 'localhost') return judge.skip('T40', 'the server has no host name of its own, so no SRV record')
  const name = `_taxii2._tcp.${host}`
  const records = await options.lookUpService(name)
  if (records === undefined) return judge.skip('T40', `${name} could not be looked up`)
  if (records.length === 0) return judge.note('T40', 'SRV record', `there is none at ${name}, which is allowed`)
  for (const { name: to, port } of records)
    judge.must(
      'T40',
      'an SRV record names a host and a port',
      /^[a-z0-9.-]+$/i.test(to) && port > 0 && port < 65536,
      undefined,
      `${name} points to ${to}:${port}`,
    )
  return judge.note('T40', 'SRV record', `${name} points to ${records.map(({ name: to, port }) => `${to}:${port}`).join(', ')}`)
}
