import type { FastifyInstance } from 'fastify'
import { system } from '#platform/auth/actor.ts'
import { unsealMessage } from '#platform/mail/message.ts'
import type { MailId } from '#platform/mail/store.ts'
import type { Answers } from '#program/membership/applications/contract.ts'
import type { TestApp } from '#test/harness/app.ts'

/** What a vendor fills in; everything that its form asks. */
export const VENDOR_ANSWERS = {
  kind: 'vendor',
  organisation: { legalName: 'Endpoint vendor', website: 'https://endpoint.example', jurisdictions: ['DE'], owners: '' },
  products: [{ kind: 'edr', name: 'Endpoint 4', url: 'https://endpoint.example/4', users: 250_000, regions: ['DE', 'FR'], inHouse: true, identifiers: [] }],
  dataUse: 'To write detections for our endpoint product, by people who are cleared.',
  workedExample: { cve: 'CVE-2017-11882', detection: 'A font name of more than 40 bytes in an equation object.' },
  disclosurePolicy: 'https://endpoint.example/disclosure',
  sellsAttackTools: false,
  canUseInterface: true,
  expects: '',
  formats: '',
  references: [],
  roleAddress: 'psirt@endpoint.example',
  contacts: [{ name: 'Vendor contact', email: 'contact@endpoint.example', role: 'accountable' }],
  agreesToBeNamed: true,
  hasReadTheTerms: true,
} as const satisfies object

export const RESPONDER_ANSWERS = {
  kind: 'responder',
  organisation: { legalName: 'National CERT', website: 'https://cert.example', jurisdictions: ['NL'], owners: '' },
  responder: 'cert',
  constituency: 'The government and the critical infrastructure of one country.',
  contributes: 'Sightings of its sensors, daily.',
  dataUse: 'To warn the constituency once a release is out.',
  roleAddress: 'cert@cert.example',
  contacts: [{ name: 'Duty officer', email: 'duty@cert.example', role: 'accountable' }],
  agreesToBeNamed: false,
  hasReadTheTerms: true,
} as const satisfies object

/** The newest mail to an address, as it lies in the outbox. */
export async function lastMail({ app, database }: TestApp, to: string): Promise<{ subject: string; text: string } | undefined> {
  const { rows } = await database.superuser.query<{ id: MailId; sealed: Buffer }>(
    'select id, sealed from outgoing_mail where sealed is not null order by id desc',
  )
  return rows.map(({ id, sealed }) => unsealMessage(app.keys, id, sealed)).find((mail) => mail.to === to)
}

/** The secret of the link in the newest mail to an address. */
export async function mailedToken(test: TestApp, to: string): Promise<string> {
  const text = (await lastMail(test, to))?.text ?? ''
  const token = /\/apply#(\S+)/.exec(text)?.[1]
  if (token === undefined) throw new Error(`no link was mailed to ${to}`)
  return token
}

/** Somebody without an account at the form. */
export class Applicant {
  token: string
  readonly #server: FastifyInstance
  readonly #headers: Readonly<Record<string, string>>

  constructor(server: FastifyInstance, token: string, headers: Readonly<Record<string, string>> = {}) {
    this.#server = server
    this.token = token
    this.#headers = headers
  }

  /** Asks for a link and comes in by it. */
  static async start(test: TestApp, wanted: { email: string; kind: 'vendor' | 'responder'; operator: string }): Promise<Applicant> {
    const answer = await startApplication(test, wanted)
    if (answer.statusCode !== 202) throw new Error(`no application was begun: ${answer.body}`)
    return new Applicant(test.server, await mailedToken(test, wanted.email))
  }

  send(method: 'GET' | 'PUT' | 'POST' | 'DELETE', step: string, body?: object) {
    return this.#server.inject({
      method,
      url: `/api/applications/draft${step}`,
      headers: { 'application-token': this.token, 'sec-fetch-site': 'same-origin', ...this.#headers },
      ...(body && { payload: body }),
    })
  }

  async show<T = Record<string, never>>(): Promise<T & { version: number; state: string }> {
    return (await this.send('GET', '')).json()
  }

  async save(answers: object) {
    return this.send('PUT', '', { version: (await this.show()).version, answers })
  }

  async step(step: 'submit' | 'answer' | 'withdraw') {
    return this.send('POST', `/${step}`, { version: (await this.show()).version })
  }

  upload(criterion: string, name: string | undefined, bytes: Buffer) {
    return this.#server.inject({
      method: 'POST',
      url: `/api/applications/draft/evidence?criterion=${criterion}`,
      headers: {
        'application-token': this.token,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/octet-stream',
        ...(name !== undefined && { 'content-disposition': `attachment; filename="${name}"` }),
        ...this.#headers,
      },
      payload: bytes,
    })
  }
}

/** A second passes, so that what is newest is so by the clock. */
export function startApplication({ server, clock }: TestApp, body: object, address = '192.0.2.77') {
  clock.advance(1000)
  return server.inject({ method: 'POST', url: '/api/applications/drafts', headers: { 'sec-fetch-site': 'same-origin' }, remoteAddress: address, payload: body })
}

/** An application that was sent in, and its applicant. */
export async function sendIn(
  test: TestApp,
  operator: string,
  email: string,
  answers: { readonly kind: Answers['kind']; readonly [field: string]: unknown } = VENDOR_ANSWERS,
): Promise<{ applicant: Applicant; id: string }> {
  const applicant = await Applicant.start(test, { email, kind: answers.kind, operator })
  await applicant.save(answers)
  const sent = await applicant.step('submit')
  if (sent.statusCode !== 200) throw new Error(`not sent in: ${sent.body}`)
  return { applicant, id: sent.json<{ id: string }>().id }
}

/** Forgets failed tries and started applications, which the tests of one file share. */
export async function forgetAttempts({ app }: TestApp): Promise<void> {
  await app.db.transaction(system('test'), async (tx) => {
    await tx.db.deleteFrom('attempt').execute()
  })
}
