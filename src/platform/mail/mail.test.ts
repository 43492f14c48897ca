import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '@fast-check/vitest'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '#platform/app.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { readConfig } from '#platform/config.ts'
import { jobs } from '#platform/mail/jobs.ts'
import { sendMail, type NewMail } from '#platform/mail/send-mail.ts'
import type { MailId } from '#platform/mail/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { startMailServer, type TestMailServer } from '#test/harness/smtp.ts'

const act = system('test')
let vedette: TestApp
let server: TestMailServer
let operator: SeededOperator
let other: SeededOperator
/** The same program with a mail server; `vedette.app` has none. */
let app: App

const settings = (url: string, more: NodeJS.ProcessEnv = {}) =>
  readConfig('live', { VEDETTE_SMTP_URL: url, VEDETTE_MAIL_FROM: 'vedette@operator.example', ...more })
const withServer = (url: string, more: NodeJS.ProcessEnv = {}): App => ({ ...vedette.app, config: { ...vedette.app.config, smtp: settings(url, more).smtp } })

beforeAll(async () => {
  vedette = await testApp()
  server = await startMailServer()
  app = withServer(`smtp://localhost:${server.port}`)
  ;[operator, other] = await seedPeople(vedette.app)
})
afterEach(() => {
  server.refuse = {}
  server.received.length = 0
})
afterAll(async () => {
  await server.close()
  await vedette.close()
})

const MAIL: NewMail = { to: 'contact@vendor.example', subject: 'A question', text: 'Please sign in.', kind: 'test.mail' }
const write = (mail: Partial<NewMail> = {}, through: App = app): Promise<MailId> =>
  vedette.app.db.transaction(act, (tx) => sendMail(through, tx, { ...MAIL, operator: operator.id, ...mail }))
const job = (name: string) => jobs.find((kind) => kind.name === name)! as { run(app: App, data: object, signal: AbortSignal): Promise<void> }
const attempt = (mail: MailId, through: App = app) => job('mail.send').run(through, { mail }, new AbortController().signal)
interface Row {
  readonly state: string
  readonly attempts: number
  readonly failure: string | null
  readonly sealed: Buffer | null
}
const row = async (id: MailId): Promise<Row> => (await vedette.database.superuser.query<Row>('select * from outgoing_mail where id = $1', [id])).rows[0]!
const leaves = async (id: string): Promise<string[]> =>
  (await vedette.database.superuser.query<{ action: string }>('select action from audit_leaf where subject_id = $1 order by index', [id])).rows.map(
    ({ action }) => action,
  )
const bounced = async (person: string): Promise<boolean> =>
  (await vedette.database.superuser.query<{ at: Date | null }>('select bounced_at as at from person where id = $1', [person])).rows[0]!.at !== null
const setMember = (state: string) =>
  vedette.database.superuser.query('update membership set state = $1 where organisation_id = $2', [state, operator.vendor.id])

describe('the outbox', () => {
  const get = (who: { session: object }, url: string) => vedette.server.inject({ method: 'GET', url, headers: { ...who.session } })
  const retry = (who: { session: object }, id: string) =>
    vedette.server.inject({ method: 'POST', url: `/api/outgoing-mail/${id}/retry`, headers: { ...who.session } })

  it('keeps mail when there is no mail server, and shows it to the officers of its operator only', async () => {
    const officer = operator.people['membership-officer']
    const id = await write({ text: 'Go to https://vedette.example/x#secret' }, vedette.app)
    expect(await row(id)).toMatchObject({ state: 'kept', attempts: 0 })
    const list = await get(officer, '/api/outgoing-mail')
    expect(list.json().items[0]).toMatchObject({ id, to: 'contact@vendor.example', subject: 'A question', state: 'kept' })
    expect(list.body).not.toContain('secret')
    expect((await get(officer, `/api/outgoing-mail/${id}`)).json().text).toContain('#secret')
    expect((await leaves(id)).at(-1)).toBe('mail.read')
    expect((await get(other.people['membership-officer'], '/api/outgoing-mail')).json().items).toEqual([])
    expect((await get(other.people['membership-officer'], `/api/outgoing-mail/${id}`)).statusCode).toBe(404)
    for (const who of [operator.people.author, operator.people.auditor, operator.vendor.people.admin]) {
      expect((await get(who, `/api/outgoing-mail/${id}`)).statusCode).toBe(403)
      expect((await get(who, '/api/outgoing-mail')).statusCode).toBe(403)
    }
    expect((await retry(officer, id)).json()).toMatchObject({ code: 'CONFLICT' })
  })

  it('shows no text of what was sent or dropped', async () => {
    const id = await write()
    await attempt(id)
    expect((await get(operator.people['membership-officer'], `/api/outgoing-mail/${id}`)).json()).toMatchObject({
      state: 'sent',
      subject: 'A question',
      text: null,
    })
  })

  it('shows to nobody what opens something without an account and could not be sent', async () => {
    const officer = operator.people['membership-officer']
    for (const [about, text] of [
      [randomUUID(), null],
      [undefined, 'Go to /apply#secret'],
    ] as const) {
      const id = await write({ text: 'Go to /apply#secret', to: 'nobody', ...(about && { about }) })
      expect((await get(officer, `/api/outgoing-mail/${id}`)).json()).toMatchObject({ state: 'failed', text })
    }
  })

  it('notes at once what has no address, and refuses to send it', async () => {
    const id = await write({ to: 'a@b.example, c@d.example' })
    expect(await row(id)).toMatchObject({ state: 'failed', failure: 'no-address' })
    await attempt(id)
    expect(server.received).toEqual([])
  })
})

describe('sending', () => {
  it('brings text of any script, once, and seals what the row holds', async () => {
    const id = await write({ subject: 'Prüfung – 第一', text: 'Grüße\n.\n..\nFrom here 🙂\n' })
    expect((await row(id)).sealed!.includes('contact@vendor')).toBe(false)
    await attempt(id)
    await attempt(id)
    expect(server.received).toHaveLength(1)
    const [mail] = server.received
    expect(mail).toMatchObject({ from: 'vedette@operator.example', to: ['contact@vendor.example'], text: 'Grüße\n.\n..\nFrom here 🙂\n' })
    expect(mail!.headers.get('subject')).toBe('Prüfung – 第一')
    expect(mail!.headers.get('message-id')).toBe(`<${id}@operator.example>`)
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated')
    expect(await row(id)).toMatchObject({ state: 'sent', attempts: 1 })
    expect(await leaves(id)).toEqual(['mail.written', 'mail.begun', 'mail.sent'])
  })

  it('adds no header and no recipient, whatever subject, text and address hold', async () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\r\n', '\n', '\r', '\r\n\r\n', '\r\n.\r\n', 'Bcc: x@evil.example', 'RCPT TO:<x@evil.example>', ' ', ',', '<', '>', 'a@b.example'),
      maxLength: 12,
    })
    const allowed = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type', 'content-transfer-encoding', 'auto-submitted']
    await fc.assert(
      fc.asyncProperty(hostile, hostile, fc.oneof(fc.constant(MAIL.to), hostile), async (subject, text, to) => {
        server.received.length = 0
        await attempt(await write({ subject, text, to }))
        for (const mail of server.received) {
          expect(mail.to).toEqual([to.trim()])
          expect([...mail.headers.keys()].filter((name) => !allowed.includes(name))).toEqual([])
        }
        return true
      }),
      { numRuns: 25 },
    )
  })

  it('leaves nothing when the transaction it is part of is undone', async () => {
    let id: MailId | undefined
    const undone = vedette.app.db.transaction(act, async (tx) => {
      id = await sendMail(app, tx, { ...MAIL, operator: operator.id })
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    expect(await row(id!)).toBeUndefined()
  })

  it('tries again later after a temporary refusal, with the same Message-ID, and gives up in the end', async () => {
    let tries = 0
    server.refuse = { rcpt: () => (++tries <= 2 ? 451 : undefined) }
    const id = await write()
    await attempt(id)
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 1, failure: 'smtp-451' })
    await attempt(id)
    expect(tries, 'not before its time').toBe(1)
    for (let n = 0; n < 2; n++) {
      vedette.clock.advance(3_600_000)
      await attempt(id)
    }
    expect(await row(id)).toMatchObject({ state: 'sent', attempts: 3, failure: null })
    const dead = withServer('smtp://localhost:1')
    const lost = await write()
    for (let n = 0; n < 12; n++) {
      await attempt(lost, dead)
      vedette.clock.advance(3_600_000)
    }
    expect(await row(lost)).toMatchObject({ state: 'failed', attempts: 12, failure: 'esocket' })
  })

  it('notes an address that takes no mail, tells of it, and takes the note back when mail arrives', async () => {
    const { analyst } = operator.vendor.people
    server.refuse = { rcpt: () => 550 }
    const id = await write({ person: analyst.id })
    await attempt(id)
    expect(await row(id)).toMatchObject({ state: 'failed', attempts: 1, failure: 'smtp-550' })
    expect([await bounced(analyst.id), (await leaves(id)).at(-1)]).toEqual([true, 'mail.bounced'])
    const { rows } = await vedette.database.superuser.query("select data, operator_id from outbox_event where type = 'mail.bounced'")
    expect(rows).toEqual([{ data: { person: analyst.id }, operator_id: operator.id }])
    server.refuse = { data: () => 554 }
    await attempt(await write({ person: operator.vendor.people.reader.id }))
    expect(await bounced(operator.vendor.people.reader.id), 'only a refused recipient is a bounce').toBe(false)
    server.refuse = {}
    await attempt(await write({ person: analyst.id }))
    expect(await bounced(analyst.id)).toBe(false)
  })

  it('sends a second time, recognisably, what a crash left half done, and not while the first attempt may live', async () => {
    const id = await write()
    await expect(attempt(id, endingBeforeTheNote())).rejects.toThrow('the process ends')
    expect([server.received.length, (await row(id)).state]).toEqual([1, 'sending'])
    vedette.clock.advance(599_000)
    await attempt(id)
    expect(server.received, 'the first attempt may still live').toHaveLength(1)
    vedette.clock.advance(2_000)
    await job('mail.sweep').run(app, {}, new AbortController().signal)
    const waiting = await vedette.database.superuser.query("select 1 from jobs.job where name = 'mail.send' and data->>'mail' = $1", [id])
    expect(waiting.rowCount, 'the job of the writing, and that of the sweep').toBe(2)
    await attempt(id)
    expect(server.received.map(({ headers }) => headers.get('message-id'))).toEqual([`<${id}@operator.example>`, `<${id}@operator.example>`])
    expect(await row(id)).toMatchObject({ state: 'sent', attempts: 2 })
  })
})

/** The program as it is when its process ends between the server's yes and the note of it. */
function endingBeforeTheNote(): App {
  let transactions = 0
  const transaction: App['db']['transaction'] = (actor, work) => {
    if (++transactions === 2) throw new Error('the process ends')
    return app.db.transaction(actor, work)
  }
  return { ...app, db: { ...app.db, transaction } }
}

describe('E24 d: suspended with a queued mail', () => {
  const superuser = { query: (text: string, values?: unknown[]) => vedette.database.superuser.query(text, values) }
  afterEach(() => setMember('active'))

  it.each(['suspended', 'terminated'])('drops what is queued to a member that is %s, on record, and sends it to one that is paused', async (state) => {
    const { analyst } = operator.vendor.people
    const [dropped, control] = [await write({ person: analyst.id }), await write({ person: analyst.id })]
    await setMember('paused')
    await attempt(control)
    await setMember(state)
    await attempt(dropped)
    await setMember('active')
    await attempt(dropped)
    expect(server.received).toHaveLength(1)
    expect(await row(dropped)).toMatchObject({ state: 'dropped', failure: 'no-longer-a-contact' })
    expect(await leaves(dropped)).toEqual(['mail.written', 'mail.dropped'])
    expect(await row(control)).toMatchObject({ state: 'sent' })
  })

  it('drops what is queued to a person who is disabled, and what another operator would send', async () => {
    const { reader, analyst } = operator.vendor.people
    const foreign = await write({ person: analyst.id, operator: other.id })
    const gone = await write({ person: reader.id })
    await superuser.query('update person set disabled_at = $2 where id = $1', [reader.id, vedette.clock.now()])
    for (const id of [foreign, gone]) await attempt(id)
    await superuser.query('update person set disabled_at = null where id = $1', [reader.id])
    expect([(await row(foreign)).state, (await row(gone)).state]).toEqual(['dropped', 'dropped'])
    expect(server.received).toEqual([])
  })

  it.each([
    ['commit', 'dropped'],
    ['rollback', 'sent'],
  ])('waits for a suspension that is being decided: after its %s the mail is %s', async (end, state) => {
    const id = await write({ person: operator.vendor.people.analyst.id })
    const deciding = await vedette.database.superuser.connect()
    await deciding.query('begin')
    await deciding.query("update membership set state = 'suspended' where organisation_id = $1", [operator.vendor.id])
    const trying = attempt(id)
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'select state from membership%'"
    await expect.poll(async () => (await superuser.query(waiting)).rowCount).toBe(1)
    expect(server.received).toEqual([])
    await deciding.query(end)
    deciding.release()
    await trying
    expect(await row(id)).toMatchObject({ state })
    expect(server.received).toHaveLength(state === 'sent' ? 1 : 0)
  })

  it('begins nothing after the suspension, however they race: the log has each mail begun before it, or dropped', async () => {
    const { analyst } = operator.vendor.people
    const ids: MailId[] = []
    for (let n = 0; n < 24; n++) ids.push(await write({ person: analyst.id }))
    const suspend = () =>
      vedette.app.db.transaction(act, async (tx) => {
        await tx.db.updateTable('membership').set({ state: 'suspended' }).where('organisation_id', '=', operator.vendor.id).execute()
        vedette.app.audit.record(tx, { action: 'test.suspended', subject: operator.vendor.id, operator: operator.id })
      })
    await Promise.all(ids.flatMap((id, n) => (n === 8 ? [attempt(id), suspend()] : [attempt(id)])))
    const { rows } = await vedette.database.superuser.query<{ index: number; action: string }>(
      "select index::int, action from audit_leaf where subject_id = any($1) and action in ('mail.begun', 'test.suspended') order by index",
      [[...ids, operator.vendor.id]],
    )
    expect(rows.at(-1)!.action).toBe('test.suspended')
    const states = await Promise.all(ids.map(async (id) => (await row(id)).state))
    expect(states.filter((state) => state === 'sent')).toHaveLength(rows.length - 1)
    expect(server.received).toHaveLength(rows.length - 1)
    expect(states.filter((state) => state !== 'sent').every((state) => state === 'dropped')).toBe(true)
  })
})

describe('what is kept of a mail', () => {
  it('forgets to whom mail went and what it said after 30 days, and the log still verifies', async () => {
    const id = await write({}, vedette.app)
    const forget = () => job('mail.forget').run(app, {}, new AbortController().signal)
    vedette.clock.advance(29 * 86_400_000)
    await forget()
    expect((await row(id)).sealed).not.toBeNull()
    vedette.clock.advance(2 * 86_400_000)
    await forget()
    expect((await row(id)).sealed).toBeNull()
    expect(await verify()).toEqual([])
  })

  it('finds a row that was changed behind its back', async () => {
    const id = await write({}, vedette.app)
    await vedette.database.superuser.query("update outgoing_mail set state = 'sent', sent_at = now() where id = $1", [id])
    expect(JSON.stringify(await verify())).toContain(id)
  })
})

async function verify(): Promise<unknown[]> {
  await vedette.app.audit.flush()
  const report = await verifyLog(vedette.app)
  return [...report.faults]
}

describe('TLS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vedette-smtp-'))
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const subject = ['-subj', '/CN=mail', '-addext', 'subjectAltName=IP:127.0.0.2']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', ...subject, '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  )
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const files = () => ({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') })

  it.each(['smtp', 'smtps'] as const)('is used by %s with the authority that was named, and without it nothing is sent', async (scheme) => {
    const secure = await startMailServer({ ...files(), secure: scheme === 'smtps' }, '127.0.0.2')
    const url = `${scheme}://me:right@127.0.0.2:${secure.port}`
    const [distrusted, trusted] = [await write(), await write()]
    await attempt(distrusted, withServer(url))
    expect(secure.received).toEqual([])
    expect((await row(distrusted)).state).toBe('queued')
    await attempt(trusted, withServer(url, { VEDETTE_SMTP_CA: cert }))
    expect(secure.received).toMatchObject([{ secure: true, user: 'me' }])
    await secure.close()
  })

  it('is insisted on: to a server elsewhere that offers none, nothing is sent', async () => {
    const plain = await startMailServer({}, '127.0.0.2')
    const id = await write()
    await attempt(id, withServer(`smtp://127.0.0.2:${plain.port}`))
    expect(plain.received).toEqual([])
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 1 })
    await plain.close()
  })
})

describe('the settings', () => {
  it('name what is wrong', () => {
    expect(() => settings('http://mail.example')).toThrow('VEDETTE_SMTP_URL must be smtps://')
    expect(() => readConfig('live', { VEDETTE_SMTP_URL: 'smtp://localhost' })).toThrow('VEDETTE_MAIL_FROM')
    expect(() => settings('smtp://localhost', { VEDETTE_MAIL_FROM: 'A <a@b.example>' })).toThrow('VEDETTE_MAIL_FROM must be one mail address')
    expect(() => settings('smtp://localhost', { VEDETTE_SMTP_CA: '/nowhere.pem' })).toThrow('VEDETTE_SMTP_CA')
    expect(settings('smtp://localhost:2525').smtp).toMatchObject({ port: 2525, security: 'none', from: 'vedette@operator.example' })
  })
})
