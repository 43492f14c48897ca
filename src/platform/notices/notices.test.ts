import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { system } from '#platform/auth/actor.ts'
import { NOTICE_KINDS, type Notice, type NoticePage } from '#platform/notices/contract.ts'
import { jobs } from '#platform/notices/jobs.ts'
import { notify } from '#platform/notices/notify.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

type Page = z.infer<typeof NoticePage>
const act = system('test')

let program: TestApp
let operator: SeededOperator
beforeAll(async () => {
  program = await testApp()
  operator = (await seedPeople(program.app))[0]
})
beforeEach(async () => {
  await program.database.superuser.query('delete from notice')
})
afterAll(async () => program?.close())

async function send(person: { id: string }, times = 1): Promise<void> {
  for (let n = 0; n < times; n++) {
    program.clock.advance(1000)
    await program.app.db.transaction(act, (tx) => notify(program.app, tx, person.id as never, 'account.roles-changed'))
  }
}
const get = (person: { session: object }, url: string) => program.server.inject({ method: 'GET', url, headers: { ...person.session } })
const post = (person: { session: object }, url: string) => program.server.inject({ method: 'POST', url, headers: { ...person.session } })
const stored = async () => (await program.database.superuser.query('select * from notice')).rows as { id: string; person_id: string; read_at: Date | null }[]

describe('notifying', () => {
  it('tells each person once, in the transaction of what they are told about', async () => {
    const { author, reviewer } = operator.people
    await program.app.db.transaction(author.actor, (tx) =>
      notify(program.app, tx, [author.id, reviewer.id, author.id], 'recovery.opened', { person: author.id, name: 'Operator A author' }),
    )
    expect((await stored()).map((row) => row.person_id).sort()).toEqual([author.id, reviewer.id].sort())
    expect((await get(author, '/api/notices')).json().items).toMatchObject([{ kind: 'recovery.opened', text: expect.stringContaining('Operator A author') }])
    const refused = program.app.db.transaction(act, async (tx) => {
      await notify(program.app, tx, author.id, 'account.roles-changed')
      throw new Error('no')
    })
    await expect(refused).rejects.toThrow('no')
    expect(await stored()).toHaveLength(2)
  })

  it('refuses what the kind does not name', async () => {
    const more = { name: 'Operator A author', text: 'Heap overflow in the font parser' }
    const told = program.app.db.transaction(act, (tx) => notify(program.app, tx, operator.people.author.id, 'recovery.opened', more))
    await expect(told).rejects.toThrow(z.ZodError)
    expect(await stored()).toEqual([])
  })

  const texts = fc.oneof(
    fc.string({ minLength: 201, maxLength: 400 }),
    fc.string().map((text) => `${text}\n${text}`),
    fc.constant(''),
  )
  test.prop([texts])('refuses as a name what is long, empty or of several lines', (name) => {
    expect(NOTICE_KINDS['recovery.opened'].data.safeParse({ name }).success).toBe(false)
  })
})

describe('the inbox', () => {
  it('lists newest first, page by page, without leaving out or repeating any', async () => {
    const { author } = operator.people
    await send(author, 5)
    const seen: z.infer<typeof Notice>[] = []
    let cursor = ''
    for (let pages = 0; pages < 3; pages++) {
      const page: Page = (await get(author, `/api/notices?limit=2${cursor}`)).json()
      seen.push(...page.items)
      expect(page.next === null).toBe(pages === 2)
      cursor = `&cursor=${page.next}`
    }
    const times = seen.map((notice) => notice.createdAt)
    expect(times).toEqual(times.toSorted().reverse())
    expect(new Set(seen.map((notice) => notice.id)).size).toBe(5)
    expect(seen[0]).toMatchObject({ kind: 'account.roles-changed', text: 'Your roles were changed', link: '/account', readAt: null })
  })

  it('refuses a cursor that this list did not give out', async () => {
    const { author } = operator.people
    for (const cursor of ['x', 'AAAA', Buffer.from('["a"]').toString('base64url')]) {
      const answer = await get(author, `/api/notices?cursor=${cursor}`)
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'BAD_CURSOR'])
    }
  })

  it('is marked as read one by one or as a whole, and the first reading stays', async () => {
    const { author } = operator.people
    await send(author, 3)
    const [first] = ((await get(author, '/api/notices')).json() as Page).items
    const read = await post(author, `/api/notices/${first!.id}/read`)
    expect(read.statusCode).toBe(200)
    program.clock.advance(60_000)
    expect((await post(author, `/api/notices/${first!.id}/read`)).json()).toEqual(read.json())
    expect((await get(author, '/api/notices/unread-count')).json()).toEqual({ unread: 2 })
    expect((await get(author, '/api/notices?unread=true')).json().items).toHaveLength(2)
    expect((await post(author, '/api/notices/read-all')).json()).toEqual({ unread: 0 })
    expect((await get(author, '/api/notices?unread=true')).json().items).toEqual([])
    expect((await get(author, '/api/notices')).json().items.find((notice: { id: string }) => notice.id === first!.id)?.readAt).toBe(read.json().readAt)
  })

  it("keeps another person's notices out of sight and out of reach, as if they did not exist", async () => {
    const { author, reviewer } = operator.people
    const { admin } = operator.vendor.people
    await send(author, 2)
    const [row] = await stored()
    const missing = await post(reviewer, '/api/notices/00000000-0000-7000-8000-000000000000/read')
    for (const other of [reviewer, admin]) {
      expect((await get(other, '/api/notices')).json().items).toEqual([])
      expect((await get(other, '/api/notices/unread-count')).json()).toEqual({ unread: 0 })
      const answer = await post(other, `/api/notices/${row!.id}/read`)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'NOT_FOUND'])
      expect(Object.keys(answer.json())).toEqual(Object.keys(missing.json()))
      await post(other, '/api/notices/read-all')
    }
    expect((await stored()).map(({ read_at }) => read_at)).toEqual([null, null])
    // The control: row-level security alone, without the query's own condition.
    const visible = (actor: Parameters<TestApp['app']['db']['read']>[0]) =>
      program.app.db.read(actor, (tx) => tx.db.selectFrom('notice').select('id').execute())
    expect([await visible(reviewer.actor), await visible(author.actor)]).toMatchObject([[], [{}, {}]])
  })

  it('is read with a token of its scope, and not marked with one', async () => {
    const { author } = operator.people
    await send(author)
    const [row] = await stored()
    const headers = { ...author.token }
    expect((await program.server.inject({ method: 'GET', url: '/api/notices', headers })).statusCode).toBe(200)
    const marked = await program.server.inject({ method: 'POST', url: `/api/notices/${row!.id}/read`, headers })
    expect([marked.statusCode, marked.json().code]).toEqual([403, 'FORBIDDEN'])
  })
})

describe('forgetting', () => {
  it('removes what was read 180 days ago, and nothing unread', async () => {
    const { author } = operator.people
    await send(author, 3)
    const rows = await stored()
    const days = (n: number) => new Date(program.clock.now().getTime() - n * 86_400_000)
    await program.database.superuser.query('update notice set read_at = $2 where id = $1', [rows[0]!.id, days(181)])
    await program.database.superuser.query('update notice set read_at = $2 where id = $1', [rows[1]!.id, days(179)])
    await program.database.superuser.query('update notice set created_at = $2 where id = $1', [rows[2]!.id, days(400)])
    const forget = jobs.find((kind) => kind.name === 'notices.forget')!
    await forget.run(program.app, {} as never, new AbortController().signal)
    expect((await stored()).map(({ id }) => id).sort()).toEqual([rows[1]!.id, rows[2]!.id].sort())
  })
})
