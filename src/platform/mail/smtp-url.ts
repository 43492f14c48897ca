/** One mail address and nothing else: no display name, no list, no quoting, no characters that end a line or a header. */
export const SINGLE_ADDRESS = /^[^\s@\p{C}\p{Z}<>()[\],;:\\"]{1,64}@(?=.{1,255}$)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u

/** Names of this machine: mail for its own server crosses no network, so it may go without TLS. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]']
const SUBMISSIONS_PORT = 465
const SUBMISSION_PORT = 587

/** Where mail is handed over (RFC 6409, RFC 8314). */
export interface SmtpServer extends SmtpAddress {
  readonly from: string
  /** PEM certificates of the only authorities trusted; undefined: the public ones. */
  readonly ca: string | undefined
}

interface SmtpAddress {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS, without which nothing is sent, or on this machine no TLS at all. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly login: { readonly user: string; readonly password: string } | undefined
}

/** Reads `smtps://user:password@host:port` or `smtp://…`; user, password (percent-encoded) and port may be left out. Undefined for anything else. */
export function readSmtpUrl(text: string): SmtpAddress | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  const tls = protocol === 'smtps:'
  if ((!tls && protocol !== 'smtp:') || hostname === '' || !/^\/?$/.test(pathname) || search !== '' || hash !== '') return undefined
  if ((username === '') !== (password === '')) return undefined
  const [user, secret] = [decode(username), decode(password)]
  if (user === undefined || secret === undefined) return undefined
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (tls ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(port),
    security: tls ? 'tls' : THIS_MACHINE.includes(hostname.toLowerCase()) ? 'none' : 'starttls',
    login: user === '' ? undefined : { user, password: secret },
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
