import { Readable } from 'node:stream'
import { approveAccess, changeAccess } from '#exchange/access/change-access.ts'
import type { AccessChangeId, AccessWish } from '#exchange/access/change-store.ts'
import { createCollection } from '#exchange/collections/keep-collection.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { createGroup } from '#exchange/groups/keep-group.ts'
import type { GroupId } from '#exchange/groups/store.ts'
import { addRemote } from '#exchange/remotes/add-remote.ts'
import { pauseRemote } from '#exchange/remotes/change-remote.ts'
import type { RemoteId } from '#exchange/remotes/store.ts'
import { addObjects } from '#exchange/taxii/add-objects.ts'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { asContact, asOperator } from '#main/demonstration/acting-as.ts'
import { botnet, campaign, ofResponder, type Example } from '#main/demonstration/exchange-objects.ts'
import { COLLECTIONS, MEMBERS } from '#main/demonstration/members.ts'

interface Loading {
  readonly app: App
  readonly operator: OperatorId
  /** Two officers, of whom the first is the analyst, too. */
  readonly author: PersonId
  readonly approver: PersonId
  readonly vendor: PersonId
  readonly responder: PersonId
  readonly organisations: readonly OrganisationId[]
}

const BOTNET = 'Botnet infrastructure'
const UNION = 'Everything that members share'
const GROUP = 'Hospitals and energy'

/** Fills the pages of the exchange: collections, sharing groups, objects, and remote servers that nothing is asked of. What is there already stays; each step is looked for by itself. */
export async function loadExchange(app: App, people: Pick<Loading, 'author' | 'approver' | 'vendor' | 'responder'>): Promise<void> {
  const loading = { app, ...people, ...(await readParties(app)) }
  const [shared, findings] = [await collectionCalled(app, COLLECTIONS[0].title), await collectionCalled(app, COLLECTIONS[1].title)]
  const bots = await openBotnet(loading)
  await openUnion(loading, [shared!, bots, findings!])
  const group = await openGroup(loading)
  if (!(await holds(app, shared!))) {
    const now = app.clock.now()
    await post(loading, people.vendor, shared!, campaign(now))
    await post(loading, people.responder, shared!, ofResponder(now, group))
  }
  if (!(await holds(app, bots))) await post(loading, people.responder, bots, botnet(app.clock.now()))
  await joinRemotes(loading, shared!)
}

async function readParties(app: App): Promise<{ operator: OperatorId; organisations: OrganisationId[] }> {
  return app.db.read(system('demonstration'), async ({ db }) => {
    const { id } = await db.selectFrom('operator').select('id').orderBy('id').limit(1).executeTakeFirstOrThrow()
    const rows = await db.selectFrom('organisation').select(['id', 'name']).execute()
    const idOf = (domain: string) => rows.find(({ name }) => name.endsWith(`(${domain})`))!.id as OrganisationId
    return { operator: id as OperatorId, organisations: MEMBERS.map(({ domain }) => idOf(domain)) }
  })
}

async function collectionCalled(app: App, title: string): Promise<CollectionId | undefined> {
  const found = await app.db.read(system('demonstration'), ({ db }) => db.selectFrom('collection').select('id').where('title', '=', title).executeTakeFirst())
  return found?.id as CollectionId | undefined
}

/** Whether anything was posted to it. */
async function holds(app: App, collection: CollectionId): Promise<boolean> {
  const found = await app.db.read(system('demonstration'), ({ db }) =>
    db.selectFrom('object_version').select('id').where('collection_id', '=', collection).limit(1).executeTakeFirst(),
  )
  return found !== undefined
}

/** What takes two officers, done by the two. */
async function decide({ app, author, approver }: Loading, organisation: OrganisationId, wish: AccessWish): Promise<void> {
  const change = await asOperator(app, author, (actor) => changeAccess(app, actor, organisation, wish))
  if (change.state === 'waits') await asOperator(app, approver, (actor) => approveAccess(app, actor, change.id as AccessChangeId))
}

/** Responders write to it, and the vendors of the first tier read it. */
async function openBotnet(loading: Loading): Promise<CollectionId> {
  const { app, author, organisations } = loading
  const known = await collectionCalled(app, BOTNET)
  if (known) return known
  const wish = { title: BOTNET, description: 'Addresses of routers and cameras that were taken over, for blocking at the edge.', alias: 'botnets' }
  const { id } = await asOperator(app, author, (actor) => createCollection(app, actor, wish))
  const collection = id as CollectionId
  for (const [n, { kind, tier }] of MEMBERS.entries())
    if (kind === 'responder' || tier === 'advance') await decide(loading, organisations[n]!, { collection, canRead: true, canWrite: kind === 'responder' })
  return collection
}

async function openUnion(loading: Loading, aggregates: CollectionId[]): Promise<void> {
  const { app, author, organisations } = loading
  if (await collectionCalled(app, UNION)) return
  const description = 'The other collections read as one; of each, what its reader may read there.'
  const { id } = await asOperator(app, author, (actor) => createCollection(app, actor, { title: UNION, description, alias: 'all', aggregates }))
  for (const [n, { kind }] of MEMBERS.entries())
    if (kind === 'responder') await decide(loading, organisations[n]!, { collection: id as CollectionId, canRead: true, canWrite: false })
}

/** Two members, and a third for whom a second officer has still to decide. */
async function openGroup(loading: Loading): Promise<GroupId> {
  const { app, author, organisations } = loading
  const known = await app.db.read(system('demonstration'), ({ db }) =>
    db.selectFrom('sharing_group').select('id').where('title', '=', GROUP).executeTakeFirst(),
  )
  if (known) return known.id as GroupId
  const text = { title: GROUP, description: 'Those who keep people alive, and what keeps them running.' }
  const { id } = await asOperator(app, author, (actor) => createGroup(app, actor, text))
  const group = id as GroupId
  const memberOf = (domain: string) => organisations[MEMBERS.findIndex((member) => member.domain === domain)]!
  for (const domain of ['hospital.example', 'energy.example']) await decide(loading, memberOf(domain), { group, isMember: true })
  await asOperator(app, author, (actor) => changeAccess(app, actor, memberOf('university.example'), { group, isMember: true }))
  return group
}

async function post({ app, operator: root }: Loading, person: PersonId, collection: CollectionId, objects: readonly Example[]): Promise<void> {
  const body = Readable.from([Buffer.from(JSON.stringify({ objects }))])
  const { failures = [] } = await asContact(app, person, (actor) => addObjects(app, actor, { root, collection }, body))
  if (failures.length > 0) throw new Error(`the demonstration's own objects were refused: ${JSON.stringify(failures[0])}`)
}

/** Servers under names that exist nowhere: one to poll, which is paused, and one to push to, which waits for its second person. */
async function joinRemotes({ app, operator, author }: Loading, collection: CollectionId): Promise<void> {
  const known = await app.db.read(system('demonstration'), ({ db }) =>
    db.selectFrom('remote').select('id').where('operator_id', '=', operator).limit(1).executeTakeFirst(),
  )
  if (known) return
  const place = { collection, ca: null, login: { scheme: 'none' }, intervalMinutes: 60, filters: { types: [] as string[] } } as const
  await asOperator(app, author, async (actor) => {
    const feed = await addRemote(app, actor, {
      ...place,
      direction: 'poll',
      name: 'Feed of the hospital sector',
      apiRoot: 'https://taxii.hospitals.example/api1/',
      remoteCollection: 'sector-indicators',
      remoteTitle: 'Indicators of the sector',
      unmarked: 'GREEN',
      audience: 'CLEAR',
    })
    await pauseRemote(app, actor, feed.id as RemoteId)
    await addRemote(app, actor, {
      ...place,
      direction: 'push',
      name: 'To the national exchange',
      apiRoot: 'https://exchange.cert.example/taxii2/root/',
      remoteCollection: 'from-programmes',
      remoteTitle: 'From programmes of vendors',
      audience: 'GREEN',
      maxContentLength: null,
    })
  })
}
