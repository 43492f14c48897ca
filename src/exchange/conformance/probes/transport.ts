import { BLACK_LISTED, offer, type Choice, type Listener } from '#exchange/conformance/tls-hello.ts'
import { shakeHands, type Handshake } from '#exchange/conformance/tls-session.ts'
import type { Judge } from '#exchange/conformance/judge.ts'
import type { Session } from '#exchange/conformance/session.ts'

/**
 * T1: what the server's TLS takes. Returns why the check must not go on: a login is never sent to a server whose certificate is
 * not trusted.
 */
export async function probeTransport(session: Session): Promise<string | undefined> {
  const { judge, options } = session
  const url = new URL(session.target.origin)
  const secure = url.protocol === 'https:'
  judge.must('T1', 'the server is reached over HTTPS', secure, undefined, `${url.protocol}// is given`)
  if (!secure) {
    judge.skip('T1', 'TLS is not judged over http://')
    return undefined
  }
  const listener = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 443), timeoutMs: options.timeoutMs }
  const own = { ca: options.ca, cert: options.cert, key: options.key }
  const ordinary = await shakeHands(listener, own)
  judge.must(
    'T1',
    'the certificate is valid for this host',
    ordinary.distrust === undefined && !ordinary.failure,
    undefined,
    ordinary.failure ?? ordinary.distrust,
  )
  if (ordinary.failure !== undefined) return `there is no TLS connection (${ordinary.failure})`
  if (session.wants('T1')) await probeVersions(session, listener, own)
  return ordinary.distrust === undefined ? undefined : `the certificate of the server is not trusted (${ordinary.distrust}); --ca names its authority`
}

async function probeVersions({ judge }: Session, listener: Listener, own: object): Promise<void> {
  const twelve = await shakeHands(listener, { ...own, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
  judge.must('T1', 'TLS 1.2 is accepted', twelve.protocol === 'TLSv1.2', undefined, said(twelve))
  const thirteen = await shakeHands(listener, { ...own, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }, true)
  judge.should('T1', 'TLS 1.3 is accepted', thirteen.protocol === 'TLSv1.3', undefined, said(thirteen))
  if (thirteen.protocol === 'TLSv1.3')
    judge.must('T1', 'no session ticket allows early data (0-RTT)', (thirteen.earlyData ?? 0) === 0, undefined, `${thirteen.earlyData} bytes are allowed`)
  await probeHellos(judge, listener, twelve.protocol === 'TLSv1.2')
}

/** Old versions and bad suites, by hellos written by hand. */
async function probeHellos(judge: Judge, listener: Listener, twelve: boolean): Promise<void> {
  const listed = await offer(listener, '1.2', BLACK_LISTED)
  // The control: with good suites the same hello is answered, so that a refusal is one of the suites or the version.
  const good = await offer(listener, '1.2', GOOD_SUITES)
  if (twelve && typeof good === 'string' && typeof listed === 'string')
    return judge.skip('T1', `a hello with good suites was not answered (${good}): old versions and the black list are not judged`)
  judge.should('T1', 'suites of the black list of RFC 7540 are refused', typeof listed === 'string', undefined, chosen(listed))
  for (const version of ['1.0', '1.1'] as const) {
    const choice = await offer(listener, version, ALL_SUITES)
    judge.must('T1', `TLS ${version} is refused (RFC 8996)`, typeof choice === 'string' || choice.version > 0x0302, undefined, chosen(choice))
  }
  return undefined
}

const GOOD_SUITES = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x009e, 0x009f, 0xccaa]
const ALL_SUITES = [...GOOD_SUITES, ...BLACK_LISTED]

function said({ protocol, failure }: Handshake): string {
  return failure ?? protocol ?? 'no connection'
}

function chosen(choice: Choice): string {
  if (typeof choice === 'string') return choice
  const hex = (value: number) => `0x${value.toString(16).padStart(4, '0')}`
  return `the server chose version ${hex(choice.version)}, suite ${hex(choice.suite)}`
}
