import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Audit, type Binding } from '#platform/audit/audit.ts'
import { checkpointFileOf, createAudit } from '#platform/audit/create-audit.ts'
import { formatLeaf, parseLeaf } from '#platform/audit/leaf.ts'
import { append, hashLeaf, NO_PEAKS, rootOf } from '#platform/audit/merkle.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import { openDatabase, type Database, type Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { TestClock } from '#test/harness/clock.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

/** Beside the register of bound columns, where the program has its own for these tables. */
const bindingOf =
  (table: string, columns: readonly string[]) =>
  (key: Readonly<Record<string, string>>): Binding => ({ table, key, columns })
const operatorRow = bindingOf('operator', ['id', 'name', 'created_at'])
const organisationRow = bindingOf('organisation', ['id', 'name'])
const membershipRow = bindingOf('membership', ['organisation_id', 'operator_id', 'tier', 'state'])
const grantRow = bindingOf('role_grant', ['person_id', 'role', 'granted_at'])

const keys = { log: generateKeyPairSync('ed25519').privateKey }
const AUDIT_TABLES = ['audit_leaf', 'audit_node', 'audit_head', 'audit_checkpoint']
const BOUND_TABLES = ['operator', 'organisation', 'membership', 'role_grant']
const COUNT = 45

describe('vedette log verify', () => {
  let fresh: TestDatabase
  let db: Database
  let dataDir: string
  let audit: Audit
  const clock = new TestClock()
  const operators: string[] = []
  const organisations: string[] = []
  const people: string[] = []
  /** Tables that have to be put back. */
  const touched = new Set<string>()

  beforeAll(async () => {
    fresh = await freshDatabase()
    db = openDatabase(fresh.app, () => undefined)
    dataDir = mkdtempSync(join(tmpdir(), 'vedette-verify-'))
    audit = open()
    await fill()
    await audit.flush()
    await fresh.superuser.query('create schema backup')
    for (const table of [...AUDIT_TABLES, ...BOUND_TABLES]) await fresh.superuser.query(`create table backup.${table} as table ${table}`)
  })
  afterEach(restore)
  afterAll(async () => {
    await db.close()
    await fresh.drop()
    rmSync(dataDir, { recursive: true })
  })

  const open = () => createAudit({ keys, clock, log: createLog('test', 'silent'), name: 'vedette.example/log', dataDir })
  const sql = (text: string, values: unknown[] = []) => fresh.superuser.query(text, values)
  const verify = (files = [checkpointFileOf(dataDir)]) => verifyLog({ db, keys: keys as never }, { checkpointFiles: files })
  const size = async () => Number((await sql('select size from audit_head')).rows[0].size)

  async function act(action: string, binds: Binding[], write: (tx: Tx) => Promise<unknown>): Promise<void> {
    clock.advance(1234)
    for (const table of AUDIT_TABLES) touched.add(table)
    await db.transaction(system('test'), async (tx) => {
      audit.record(tx, { action, binds, operator: operators[0] as OperatorId, subject: randomUUID(), details: { note: 'ÄÖÜ \u2014 1' } })
      await write(tx)
    })
  }

  /** More than 256 leaves: rows added, changed, and taken away again, with keys of one and of two columns. */
  async function fill(): Promise<void> {
    for (let n = 0; n < COUNT; n++) {
      const [operator, organisation, person] = [randomUUID(), randomUUID(), randomUUID()]
      operators.push(operator)
      organisations.push(organisation)
      people.push(person)
      const at = new Date(clock.now())
      await act('operator.added', [operatorRow({ id: operator })], (tx) =>
        tx.db
          .insertInto('operator')
          .values({ id: operator, name: `Operator ${n}`, created_at: at })
          .execute(),
      )
      await act('organisation.added', [organisationRow({ id: organisation })], (tx) =>
        tx.db
          .insertInto('organisation')
          .values({ id: organisation, name: `Vendor ${n}`, kind: 'vendor', created_at: at })
          .execute(),
      )
      const membership = { organisation_id: organisation, operator_id: operator }
      await act('membership.added', [membershipRow(membership), operatorRow({ id: operator })], (tx) =>
        tx.db
          .insertInto('membership')
          .values({ ...membership, tier: 'entry', state: 'active', created_at: at })
          .execute(),
      )
      await act('membership.moved', [membershipRow(membership)], (tx) =>
        tx.db.updateTable('membership').set({ tier: 'advance' }).where('organisation_id', '=', organisation).execute(),
      )
      const grant = { person_id: person, role: 'operator:author' }
      await act('role.granted', [grantRow(grant)], async (tx) => {
        await tx.db.insertInto('person').values({ id: person, operator_id: operator, name: 'Author', created_at: at }).execute()
        await tx.db
          .insertInto('role_grant')
          .values({ ...grant, granted_at: at })
          .execute()
      })
      if (n % 2) await act('role.taken', [grantRow(grant)], (tx) => tx.db.deleteFrom('role_grant').where('person_id', '=', person).execute())
      await act('test.noted', [], async () => undefined)
    }
  }

  async function restore(): Promise<void> {
    const client = await fresh.superuser.connect()
    try {
      await client.query('begin; set local session_replication_role = replica')
      for (const table of touched) await client.query(`delete from ${table}; insert into ${table} select * from backup.${table}`)
      await client.query('commit')
      touched.clear()
    } finally {
      client.release()
    }
  }

  /** Writes behind the application's back, foreign keys not minded. */
  async function tamper(text: string, values: unknown[] = []): Promise<void> {
    touched.add(/(?:update|into|from|truncate) (\w+)/.exec(text)![1]!)
    const client = await fresh.superuser.connect()
    try {
      await client.query('begin; set local session_replication_role = replica')
      const { rowCount } = await client.query(text, values)
      expect(rowCount === null || rowCount > 0, `nothing was changed by: ${text}`).toBe(true)
      await client.query('commit')
    } finally {
      client.release()
    }
  }

  const named = async (files?: string[]) => {
    const report = await verify(files)
    expect(report.ok).toBe(report.faults.length === 0)
    return report.faults.map(({ table, id, code }) => `${code} ${table} ${id}`).sort()
  }

  it('passes an untouched log and counts what it checked', async () => {
    const report = await verify()
    expect(report).toMatchObject({ ok: true, faults: [], faultCount: 0, size: await size() })
    expect(report.checked).toEqual({ leaves: report.size, rows: 4 * COUNT, checkpoints: 1 })
    const { rows } = await sql('select root, checkpoint from audit_head')
    expect(report.root).toBe(rows[0].root.toString('hex'))
    expect(report.checkpoint).toBe(rows[0].checkpoint)
    expect(report.key).toMatch(/^vedette\.example\/log\+/)
  })

  it('passes a log that nothing was ever written to', async () => {
    const empty = await freshDatabase()
    const emptyDb = openDatabase(empty.app, () => undefined)
    expect(await verifyLog({ db: emptyDb, keys: keys as never }, { checkpointFiles: [join(dataDir, 'none')] })).toMatchObject({
      ok: true,
      size: 0,
      checkpoint: null,
    })
    // The control: a checkpoint kept elsewhere tells that there once was more.
    const faults = (await verifyLog({ db: emptyDb, keys: keys as never }, { checkpointFiles: [checkpointFileOf(dataDir)] })).faults
    expect(faults.map(({ code }) => code)).toEqual(['HEAD_MISSING'])
    await emptyDb.close()
    await empty.drop()
  })

  it('does not report a changed column that no leaf binds', async () => {
    await tamper(`update organisation set kind = 'responder' where id = $1`, [organisations[0]])
    await tamper(`update membership set created_at = now() where organisation_id = $1`, [organisations[1]])
    expect(await named()).toEqual([])
  })

  it('reports progress, and stops when it is told to', async () => {
    const seen: number[] = []
    await verifyLog({ db, keys: keys as never }, { onProgress: (leaves) => seen.push(leaves) })
    expect(seen.at(-1)).toBe(await size())
    await expect(verifyLog({ db, keys: keys as never }, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
  })

  // One line per way to damage one row: what is done, and what is named for it.
  type Damage = (at: number, other: number) => Promise<string[]>
  const leafAt = async (at: number) => at % (await size())
  const onLeaf =
    (code: string, text: string): Damage =>
    async (at) => {
      const index = await leafAt(at)
      await tamper(text, [index])
      return [`${code} audit_leaf ${index}`]
    }
  const nodeAt = async (at: number): Promise<{ level: number; index: number }> =>
    (await sql('select level, index from backup.audit_node order by level, index offset $1 limit 1', [at % (await nodeCount())])).rows[0]
  const nodeCount = async () => Number((await sql('select count(*) as n from backup.audit_node')).rows[0].n)
  const onHead =
    (code: string, text: string): Damage =>
    async () => {
      await tamper(text)
      return [`${code} audit_head only_row`]
    }
  const onRow =
    (table: string, code: string, ids: () => string[], text: string, name: (id: string) => string = (id) => id): Damage =>
    async (at) => {
      const id = ids()[at % ids().length]!
      await tamper(text, [id])
      return [`${code} ${table} ${name(id)}`]
    }
  const holders = () => people.filter((_, n) => n % 2 === 0)
  const former = () => people.filter((_, n) => n % 2 === 1)
  const membershipId = (organisation: string) => `operator_id=${operators[organisations.indexOf(organisation)]},organisation_id=${organisation}`
  const grantId = (person: string) => `person_id=${person},role=operator:author`

  const DAMAGES: Record<string, Damage> = {
    'a byte of the body': async (at, other) => {
      const index = await leafAt(at)
      const { rows } = await sql('select body from audit_leaf where index = $1', [index])
      const body: Buffer = rows[0].body
      body[other % body.length]! ^= 1 + (other % 255)
      await tamper('update audit_leaf set body = $2 where index = $1', [index, body])
      return [`LEAF_ALTERED audit_leaf ${index}`]
    },
    'a body replaced by another well-formed one': async (at) => {
      const index = await leafAt(at)
      await tamper(`update audit_leaf set body = (select body from backup.audit_leaf where index = $2) where index = $1`, [index, (index + 1) % (await size())])
      return [`LEAF_ALTERED audit_leaf ${index}`]
    },
    'the operator beside the body': onLeaf('COLUMN_ALTERED', 'update audit_leaf set operator_id = gen_random_uuid() where index = $1'),
    'the operator emptied': onLeaf('COLUMN_ALTERED', 'update audit_leaf set operator_id = null where index = $1'),
    'the instant by a microsecond': onLeaf('COLUMN_ALTERED', `update audit_leaf set happened_at = happened_at + interval '1 microsecond' where index = $1`),
    'the instant to infinity': onLeaf('COLUMN_ALTERED', `update audit_leaf set happened_at = 'infinity' where index = $1`),
    'the actor': onLeaf('COLUMN_ALTERED', 'update audit_leaf set actor_id = gen_random_uuid() where index = $1'),
    'the action': onLeaf('COLUMN_ALTERED', `update audit_leaf set action = action || 'x' where index = $1`),
    'the subject': onLeaf('COLUMN_ALTERED', 'update audit_leaf set subject_id = null where index = $1'),
    'a leaf deleted': onLeaf('LEAF_MISSING', 'delete from audit_leaf where index = $1'),
    'a leaf moved away': async (at) => {
      const index = await leafAt(at)
      await tamper('update audit_leaf set index = 9007199254740993 where index = $1', [index])
      return [`LEAF_MISSING audit_leaf ${index}`, 'LEAF_UNSIGNED audit_leaf 9007199254740993']
    },
    'two leaves swapped': async (at, other) => {
      const [a, b] = [await leafAt(at), await leafAt(other)]
      if (a === b) return []
      await tamper('update audit_leaf l set body = o.body from backup.audit_leaf o where o.index = $1::bigint + $2::bigint - l.index and l.index in ($1, $2)', [
        a,
        b,
      ])
      return [`LEAF_ALTERED audit_leaf ${a}`, `LEAF_ALTERED audit_leaf ${b}`]
    },
    'a leaf inserted at the end': async (at) => {
      const [from, to] = [await leafAt(at), await size()]
      await tamper('insert into audit_leaf select $2, operator_id, happened_at, actor_id, action, subject_id, body from audit_leaf where index = $1', [
        from,
        to,
      ])
      return [`LEAF_UNSIGNED audit_leaf ${to}`]
    },
    'the last leaves cut off': async (at) => {
      const last = await size()
      const first = last - 1 - (at % 20)
      await tamper('delete from audit_leaf where index >= $1', [first])
      return Array.from({ length: last - first }, (_, n) => `LEAF_MISSING audit_leaf ${first + n}`)
    },
    'a bit of a node': async (at, other) => {
      const { level, index } = await nodeAt(at)
      await tamper('update audit_node set hash = set_bit(hash, $3, 1 - get_bit(hash, $3)) where level = $1 and index = $2', [level, index, other % 256])
      return [`NODE_ALTERED audit_node ${level}/${index}`]
    },
    'a node deleted': async (at) => {
      const { level, index } = await nodeAt(at)
      await tamper('delete from audit_node where level = $1 and index = $2', [level, index])
      return [`NODE_MISSING audit_node ${level}/${index}`]
    },
    'a node moved': async (at) => {
      const { level, index } = await nodeAt(at)
      await tamper('update audit_node set level = 60 where level = $1 and index = $2', [level, index])
      return [`NODE_MISSING audit_node ${level}/${index}`, `NODE_UNEXPECTED audit_node 60/${index}`]
    },
    'a node inserted': async (at) => {
      const level = at % 30
      await tamper(`insert into audit_node values ($1, 100000, sha256('x'))`, [level])
      return [`NODE_UNEXPECTED audit_node ${level}/100000`]
    },
    'two nodes swapped': async (at, other) => {
      const [a, b] = [await nodeAt(at), await nodeAt(other)]
      if (a.level === b.level && a.index === b.index) return []
      const set = 'update audit_node set hash = (select hash from backup.audit_node where level = $3 and index = $4) where level = $1 and index = $2'
      await tamper(set, [a.level, a.index, b.level, b.index])
      await tamper(set, [b.level, b.index, a.level, a.index])
      return [`NODE_ALTERED audit_node ${a.level}/${a.index}`, `NODE_ALTERED audit_node ${b.level}/${b.index}`]
    },
    'the size of the head': async (at) => {
      await tamper('update audit_head set size = $1', [at % 2 ? (await size()) - 1 - (at % 50) : (await size()) + 1 + at])
      return ['HEAD_ALTERED audit_head only_row']
    },
    'the root of the head': onHead('HEAD_ALTERED', `update audit_head set root = sha256('x')`),
    'the checkpoint of the head': async (at) => {
      const { rows } = await sql('select checkpoint from audit_head')
      const text: string = rows[0].checkpoint
      const n = at % text.length
      await tamper('update audit_head set checkpoint = $1', [text.slice(0, n) + (text[n] === 'x' ? 'y' : 'x') + text.slice(n + 1)])
      return ['HEAD_UNSIGNED audit_head only_row']
    },
    'the head deleted': onHead('HEAD_MISSING', 'delete from audit_head'),
    'an old checkpoint in the head': onHead('HEAD_ALTERED', 'update audit_head set checkpoint = c.checkpoint from audit_checkpoint c where c.size = 256'),
    'the head put back to an old state': async () => {
      const { rows } = await sql('select checkpoint from audit_checkpoint where size = 256')
      await tamper('update audit_head set size = 256, root = $1, checkpoint = $2', [openCheckpoint(rows[0].checkpoint, keys.log)!.root, rows[0].checkpoint])
      return ['ROLLED_BACK audit_head only_row']
    },
    'the size of a kept checkpoint': async () => {
      await tamper('update audit_checkpoint set size = 250')
      return ['CHECKPOINT_MISSING audit_checkpoint 256', 'CHECKPOINT_UNEXPECTED audit_checkpoint 250']
    },
    'a kept checkpoint': async (at) => {
      await tamper('update audit_checkpoint set checkpoint = overlay(checkpoint placing $2 from $1)', [1 + (at % 90), '!'])
      return ['CHECKPOINT_ALTERED audit_checkpoint 256']
    },
    'the instant of a kept checkpoint': async () => {
      await tamper(`update audit_checkpoint set signed_at = signed_at - interval '1 microsecond'`)
      return ['CHECKPOINT_ALTERED audit_checkpoint 256']
    },
    'a kept checkpoint deleted': async () => {
      await tamper('delete from audit_checkpoint')
      return ['CHECKPOINT_MISSING audit_checkpoint 256']
    },
    'a kept checkpoint inserted': async (at) => {
      const other = at % 2 ? 512 : 100
      await tamper('insert into audit_checkpoint select $1, checkpoint, signed_at from audit_checkpoint', [other])
      return [`CHECKPOINT_UNEXPECTED audit_checkpoint ${other}`]
    },
    'a bound name': onRow('operator', 'ROW_ALTERED', () => operators, `update operator set name = name || ' ' where id = $1`),
    'a bound instant by a microsecond': onRow(
      'operator',
      'ROW_ALTERED',
      () => operators,
      `update operator set created_at = created_at + interval '1 microsecond' where id = $1`,
    ),
    'a bound row deleted': onRow('organisation', 'ROW_MISSING', () => organisations, 'delete from organisation where id = $1'),
    'a bound tier': onRow('membership', 'ROW_ALTERED', () => organisations, `update membership set tier = 'validate' where organisation_id = $1`, membershipId),
    'a bound row moved to another key': onRow(
      'membership',
      'ROW_MISSING',
      () => organisations,
      'update membership set operator_id = gen_random_uuid() where organisation_id = $1',
      membershipId,
    ),
    'a right taken': onRow('role_grant', 'ROW_MISSING', holders, 'delete from role_grant where person_id = $1', grantId),
    'a right given back': onRow('role_grant', 'ROW_RETURNED', former, `insert into role_grant values ($1, 'operator:author', now())`, grantId),
  }

  test.prop([fc.constantFrom(...Object.keys(DAMAGES)), fc.nat(), fc.nat()], { numRuns: 60, timeout: 10_000 })(
    'finds any damage to one row, and names its table and id',
    async (kind, at, other) => {
      await restore()
      const expected = await DAMAGES[kind]!(at, other)
      // A row whose last leaf is damaged cannot be judged; it may be named as unproven beside.
      expect(
        (await named()).filter((fault) => !fault.startsWith('ROW_UNPROVEN')),
        kind,
      ).toEqual(expected.sort())
    },
    240_000,
  )

  it.each(Object.keys(DAMAGES))('finds damage to %s', async (kind) => {
    const expected = await DAMAGES[kind]!(3, 7)
    expect((await named()).filter((fault) => !fault.startsWith('ROW_UNPROVEN'))).toEqual(expected.sort())
  })

  it.each(AUDIT_TABLES)('finds that %s was emptied', async (table) => {
    await tamper(`truncate ${table}`)
    const report = await verify()
    expect(report.ok).toBe(false)
    expect(new Set(report.faults.map((fault) => fault.table))).toEqual(new Set([table]))
  })

  it('names the leaf that bound the damaged row', async () => {
    await tamper('update operator set name = $2 where id = $1', [operators[4], 'Someone else'])
    const [fault] = (await verify()).faults
    const { rows } = await sql('select body from audit_leaf where index = $1', [fault!.leaf])
    expect(parseLeaf(rows[0].body)).toMatchObject({ action: 'membership.added', binds: [{}, { table: 'operator', key: { id: operators[4] } }] })
  })

  it('finds a leaf that was edited together with every node above it and the root, by someone without the key', async () => {
    const index = 40
    const forged = (await sql('select body from audit_leaf order by index')).rows.map((row) => row.body as Buffer)
    forged[index] = Buffer.from(forged[index]!.toString().replace('"note":"', '"note":"not '))
    let peaks = NO_PEAKS
    const nodes: { level: number; index: number; hash: Buffer }[] = []
    for (const body of forged) {
      const grown = append(peaks, hashLeaf(body))
      peaks = grown.peaks
      nodes.push(...grown.completed)
    }
    await tamper('update audit_leaf set body = $2 where index = $1', [index, forged[index]])
    await tamper(
      'update audit_node n set hash = f.hash from unnest($1::int[], $2::bigint[], $3::bytea[]) as f (level, index, hash) where n.level = f.level and n.index = f.index',
      [nodes.map((node) => node.level), nodes.map((node) => node.index), nodes.map((node) => node.hash)],
    )
    // The kept checkpoint of 256 leaves narrows it down to them.
    expect(await named()).toEqual(['LEAVES_ALTERED audit_leaf 0-255'])
    await tamper('update audit_head set root = $1', [rootOf(peaks)])
    expect(await named()).toEqual(['HEAD_ALTERED audit_head only_row', 'LEAVES_ALTERED audit_leaf 0-255'])
  })

  it('finds a log signed by another key', async () => {
    const stranger = generateKeyPairSync('ed25519').privateKey
    const report = await verifyLog({ db, keys: { log: stranger } as never })
    expect(report.faults.map(({ code }) => code)).toEqual(['HEAD_UNSIGNED', 'CHECKPOINT_ALTERED'])
  })

  describe('with a checkpoint kept elsewhere', () => {
    let elsewhere: string
    beforeAll(() => {
      elsewhere = join(dataDir, 'elsewhere')
    })

    it('finds that the whole database went back to an older, once valid state', async () => {
      const older = (await sql('select * from audit_head')).rows[0]
      const kept = readFileSync(checkpointFileOf(dataDir))
      await act('test.noted', [], async () => undefined)
      await audit.flush()
      writeFileSync(elsewhere, readFileSync(checkpointFileOf(dataDir)))
      writeFileSync(checkpointFileOf(dataDir), kept)
      expect(await named([elsewhere])).toEqual([])
      await restore()
      expect((await sql('select * from audit_head')).rows[0]).toEqual(older)
      expect(await named([elsewhere])).toEqual(['ROLLED_BACK audit_head only_row'])
      // The control: without it, the older state is a good log.
      expect(await named()).toEqual([])
      audit = open()
    })

    it('finds a log that went another way since', async () => {
      const way = async () => {
        await act('test.noted', [], async () => undefined)
        await audit.flush()
        return readFileSync(checkpointFileOf(dataDir))
      }
      const kept = readFileSync(checkpointFileOf(dataDir))
      writeFileSync(elsewhere, await way())
      await restore()
      writeFileSync(checkpointFileOf(dataDir), kept)
      audit = open()
      await way()
      expect(await named([elsewhere])).toEqual([`FORKED checkpoint file ${elsewhere}`])
      expect(await named()).toEqual([])
      writeFileSync(checkpointFileOf(dataDir), kept)
      audit = open()
    })

    it('says when the file is no checkpoint of this log, and passes over one that is not there', async () => {
      writeFileSync(elsewhere, 'nothing')
      expect(await named([elsewhere])).toEqual([`CHECKPOINT_UNREADABLE checkpoint file ${elsewhere}`])
      expect(await named([`${elsewhere}.none`])).toEqual([])
    })
  })

  it.each([
    ['a table that does not exist', { table: 'no_such_table' }],
    ['a table with a hostile name', { table: 'operator"; drop table operator; --' }],
    ['a column with a hostile name', { columns: ['id', `name", (select pg_sleep(5)) as "x`] }],
    ['a key with a hostile column', { key: { [`id" = t."id" or "id`]: 'x' } }],
    ['a system catalogue', { table: 'pg_authid' }],
  ])('names a binding of %s, and builds no statement from it', async (_, change) => {
    const body = { ...parseLeaf((await sql('select body from audit_leaf where index = 0')).rows[0].body)! }
    body.binds = [{ ...body.binds[0]!, ...(change as object) }]
    const forged = formatLeaf(body)
    await tamper('update audit_leaf set body = $1 where index = 0', [forged])
    await tamper('update audit_node set hash = $1 where level = 0 and index = 0', [hashLeaf(forged)])
    const faults = await named()
    expect(faults.some((fault) => fault.startsWith('BINDING_UNKNOWN') || fault.startsWith('LEAVES_ALTERED'))).toBe(true)
    expect((await sql('select from operator')).rowCount).toBe(COUNT)
  })

  it('keeps its list short when everything is damaged, and counts the rest', async () => {
    for (const table of AUDIT_TABLES) touched.add(table)
    await db.transaction(system('test'), async (tx) => {
      for (let n = 0; n < 2000; n++) audit.record(tx, { action: 'test.noted' })
    })
    expect(await named([])).toEqual([])
    await tamper(`update audit_leaf set body = 'gone'`)
    const report = await verify([])
    expect(report.faults).toHaveLength(1000)
    expect(report.faultCount).toBeGreaterThan(2000)
    audit = open()
  })
})
