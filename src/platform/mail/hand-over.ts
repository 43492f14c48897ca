import { createTransport } from 'nodemailer'
import type { Message } from '#platform/mail/message.ts'
import type { SmtpServer } from '#platform/mail/smtp-url.ts'

const CONNECT_MS = 20_000
const SILENCE_MS = 60_000

interface Letter {
  /** Id of the row: the Message-ID is made of it, so every attempt carries the same. */
  readonly id: string
  readonly message: Message
  readonly at: Date
}

/** Gives one mail to the mail server, and resolves once the server has taken it. Throws what nodemailer throws. */
export async function handOver({ host, port, security, login, from, ca }: SmtpServer, { id, message, at }: Letter): Promise<void> {
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    ...(login && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // Nothing in a message is ever looked up.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      envelope: { from, to: [message.to] },
      from: { name: 'Vedette', address: from },
      to: { name: '', address: message.to },
      subject: message.subject,
      text: message.text,
      messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
      date: at,
      // Nobody's out-of-office reply answers it (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      xMailer: false,
    })
  } finally {
    transport.close()
  }
}
