import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | undefined
  /** The message as it came over the wire, by UTF-8. */
  readonly raw: string
  /** Its header fields, unfolded and with encoded words (RFC 2047) as text. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** A real mail server on a free port of this machine. */
export interface TestMailServer {
  readonly port: number
  readonly received: ReceivedMail[]
  /** Set to answer the next commands with a refusal; undefined takes it. */
  refuse: { rcpt?: (address: string) => number | undefined; data?: () => number | undefined }
  close(): Promise<void>
}

export async function startMailServer(options: SMTPServerOptions = {}, host = '127.0.0.1'): Promise<TestMailServer> {
  const received: ReceivedMail[] = []
  const state: Pick<TestMailServer, 'refuse'> = { refuse: {} }
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    ...(options.key === undefined && { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }),
    onAuth: ({ username, password }, _session, done) => done(password === 'right' ? null : new Error('no'), { user: username }),
    onRcptTo: ({ address }, _session, done) => done(answer(state.refuse.rcpt?.(address))),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const code = state.refuse.data?.()
        const { mailFrom, rcptTo } = session.envelope
        const to = rcptTo.map(({ address }) => address)
        const letter = { from: mailFrom ? mailFrom.address : '', to, secure: session.secure, user: session.user as string | undefined }
        if (code === undefined) received.push({ ...letter, ...parse(Buffer.concat(chunks)) })
        done(answer(code))
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.server.address() as { port: number }
  return Object.assign(state, { port, received, close: () => new Promise<void>((resolve) => server.close(resolve)) })
}

function answer(code: number | undefined): Error | null {
  return code === undefined ? null : Object.assign(new Error(`refused with ${code}`), { responseCode: code })
}

function parse(bytes: Buffer): Pick<ReceivedMail, 'raw' | 'headers' | 'text'> {
  const raw = bytes.toString('utf8')
  const end = raw.indexOf('\r\n\r\n')
  const fields = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = new Map(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), decodeWords(field.slice(field.indexOf(':') + 2))] as const))
  const body = raw.slice(end + 4)
  return { raw, headers, text: decodeBody(body, headers.get('content-transfer-encoding') ?? '7bit').replaceAll('\r\n', '\n') }
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  return encoding === 'quoted-printable' ? decodeQuoted(body.replaceAll('=\r\n', '')) : body
}

function decodeQuoted(text: string): string {
  return Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
}

function decodeWords(text: string): string {
  return text
    .replaceAll(/(\?=) +(=\?)/g, '$1$2')
    .replaceAll(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('utf8') : decodeQuoted(word.replaceAll('_', ' ')),
    )
}
