import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { binder, type Audit, type Binding } from '#platform/audit/audit.ts'
import { checkpointFileOf, createAudit } from '#platform/audit/create-audit.ts'
import { parseLeaf } from '#platform/audit/leaf.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { TestClock } from '#test/harness/clock.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

/** Beside the register of bound columns, where the program has its own for this table. */
const operatorRow = (key: Readonly<Record<string, string>>): Binding => ({ table: 'operator', key, columns: ['id', 'name', 'created_at'] })
const keys = { log: generateKeyPairSync('ed25519').privateKey }
const AT = '2026-11-22T12:00:00.000Z'

describe('the audit log', () => {
  let fresh: TestDatabase
  let db: Database
  let dataDir: string
  let audit: Audit

  const open = (name = 'vedette.example/log') => createAudit({ keys, clock: new TestClock(AT), log: createLog('test', 'silent'), name, dataDir })

  beforeEach(async () => {
    fresh = await freshDatabase()
    db = openDatabase({ ...fresh.app, max: 10 }, () => undefined)
    dataDir = mkdtempSync(join(tmpdir(), 'vedette-audit-'))
    audit = open()
  })
  afterEach(async () => {
    await audit.flush()
    await db.close()
    await fresh.drop()
    rmSync(dataDir, { recursive: true })
  })

  const addOperator = (id: string, name = 'Operator', log = audit) =>
    db.transaction(system('test'), async (tx) => {
      log.record(tx, { action: 'operator.added', subject: id, operator: id as OperatorId, binds: [operatorRow({ id })], details: { name } })
      await tx.db
        .insertInto('operator')
        .values({ id, name, created_at: new Date(AT) })
        .execute()
    })
  const leaves = async () =>
    (await fresh.superuser.query<{ index: number; body: Buffer }>('select index, body from audit_leaf order by index')).rows.map((row) => parseLeaf(row.body)!)
  const operators = async () => (await fresh.superuser.query('select from operator')).rowCount
  const head = async () => (await fresh.superuser.query<{ size: number; root: Buffer; checkpoint: string }>('select * from audit_head')).rows[0]

  it('appends a leaf with the act, its actor and the digest of the row as it was committed', async () => {
    const id = randomUUID()
    await addOperator(id, 'Röhre & Söhne "\\"')
    const [leaf] = await leaves()
    expect(leaf).toMatchObject({
      index: 0,
      at: AT,
      action: 'operator.added',
      actor: { kind: 'system', id: null, name: 'test', organisation: null, credential: null },
      operator: id,
      subject: id,
      details: { name: 'Röhre & Söhne "\\"' },
      binds: [{ table: 'operator', key: { id }, columns: ['id', 'name', 'created_at'] }],
    })
    const { rows } = await fresh.superuser.query(
      `select encode(sha256(convert_to(jsonb_build_object('id', id, 'name', name, 'created_at', created_at)::text, 'UTF8')), 'hex') as sha256 from operator`,
    )
    expect(leaf!.binds[0]!.sha256).toBe(rows[0].sha256)
  })

  it('names the person, the credential and the operator of an act in an operator’s name', async () => {
    const actor: OperatorActor = {
      kind: 'operator',
      person: randomUUID() as PersonId,
      operator: randomUUID() as OperatorId,
      roles: ['author'],
      credential: { kind: 'token', id: randomUUID() as never, scopes: [] },
    }
    await db.transaction(actor, async (tx) => audit.record(tx, { action: 'test.done' }))
    const { rows } = await fresh.superuser.query('select operator_id, actor_id, action, subject_id from audit_leaf')
    expect(rows).toEqual([{ operator_id: actor.operator, actor_id: actor.person, action: 'test.done', subject_id: null }])
    expect((await leaves())[0]!.actor).toMatchObject({ kind: 'operator', id: actor.person, credential: { kind: 'token', id: actor.credential.id } })
  })

  it('leaves no leaf of a transaction that is rolled back', async () => {
    const attempt = db.transaction(system('test'), async (tx) => {
      audit.record(tx, { action: 'test.done' })
      throw new Error('changed my mind')
    })
    await expect(attempt).rejects.toThrow('changed my mind')
    expect(await leaves()).toEqual([])
  })

  it('binds what later steps before commit still change', async () => {
    const id = randomUUID()
    await db.transaction(system('test'), async (tx) => {
      audit.record(tx, { action: 'operator.added', binds: [operatorRow({ id })] })
      tx.beforeCommit(async () => {
        await tx.db
          .insertInto('operator')
          .values({ id, name: 'Late', created_at: new Date(AT) })
          .execute()
      })
    })
    expect((await leaves())[0]!.binds[0]!.sha256).not.toBeNull()
  })

  it('records the absence of a row as null', async () => {
    await db.transaction(system('test'), async (tx) => audit.record(tx, { action: 'test.done', binds: [operatorRow({ id: randomUUID() })] }))
    expect((await leaves())[0]!.binds[0]!.sha256).toBeNull()
  })

  it('keeps parallel transactions in one tree without a gap', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => addOperator(randomUUID(), `Operator ${n}`)))
    expect((await leaves()).map((leaf) => leaf.index)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect((await head())!.size).toBe(50)
    expect(await operators()).toBe(50)
    const nodes = await fresh.superuser.query<{ level: number; n: number }>('select level, count(*) as n from audit_node group by level order by level')
    expect(nodes.rows.map((row) => row.n)).toEqual([50, 25, 12, 6, 3, 1])
  })

  it('signs every size that is a multiple of 256, also inside one transaction', async () => {
    await db.transaction(system('test'), async (tx) => {
      for (let n = 0; n < 600; n++) audit.record(tx, { action: 'test.done', details: { n } })
    })
    const { rows } = await fresh.superuser.query<{ size: number; checkpoint: string }>('select size, checkpoint from audit_checkpoint order by size')
    expect(rows.map((row) => row.size)).toEqual([256, 512])
    expect(rows.map((row) => openCheckpoint(row.checkpoint, keys.log)?.size)).toEqual([256, 512])
    expect(openCheckpoint((await head())!.checkpoint, keys.log)).toMatchObject({ origin: 'vedette.example/log', size: 600 })
  })

  it('keeps its name when the address of the server changes', async () => {
    await addOperator(randomUUID())
    await addOperator(randomUUID(), 'Second', open('elsewhere.example/log'))
    expect(openCheckpoint((await head())!.checkpoint, keys.log)).toMatchObject({ origin: 'vedette.example/log', size: 2 })
  })

  it('records an act that binds a thousand rows as several leaves, none of which is too large', async () => {
    const ids = Array.from({ length: 1000 }, () => randomUUID())
    await db.transaction(system('test'), async (tx) => {
      await tx.db
        .insertInto('operator')
        .values(ids.map((id) => ({ id, name: 'Operator', created_at: new Date(AT) })))
        .execute()
      audit.record(tx, { action: 'operator.added', binds: ids.map((id) => operatorRow({ id })) })
    })
    const bound = (await leaves()).flatMap(({ binds }) => binds.map(({ key }) => key['id']))
    expect(bound).toEqual(ids)
    expect((await leaves()).map(({ details }) => details['part'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('gives equal acts unequal hashes, so that a hash reveals nothing', async () => {
    for (let n = 0; n < 2; n++) await db.transaction(system('test'), async (tx) => audit.record(tx, { action: 'test.done' }))
    const [first, second] = await leaves()
    expect(first!.salt).not.toBe(second!.salt)
  })

  describe('fails closed', () => {
    const refused = expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' })

    it.each([
      ['may not be written', 'revoke insert on audit_leaf from vedette_app'],
      [
        'raises an I/O error',
        `create function broken() returns trigger language plpgsql as $$ begin raise exception using errcode = '58030'; end $$;
         create trigger broken before insert on audit_node for each row execute function broken()`,
      ],
      ['has lost its head', 'drop table audit_head'],
    ])('when a table of the log %s: nothing is committed', async (_, damage) => {
      await addOperator(randomUUID())
      await fresh.superuser.query(damage)
      await expect(addOperator(randomUUID())).rejects.toEqual(refused)
      expect(await operators()).toBe(1)
      expect(await leaves()).toHaveLength(1)
    })

    it('with STORAGE_FULL when the disk is full', async () => {
      await fresh.superuser.query(`create function full_disk() returns trigger language plpgsql as $$ begin raise exception using errcode = '53100'; end $$;
         create trigger full_disk before insert on audit_leaf for each row execute function full_disk()`)
      await expect(addOperator(randomUUID())).rejects.toEqual(expect.objectContaining({ code: 'STORAGE_FULL' }))
      expect(await operators()).toBe(0)
    })

    it('when a bound table does not exist', async () => {
      const attempt = db.transaction(system('test'), async (tx) =>
        audit.record(tx, { action: 'test.done', binds: [binder('no_such_table', ['id'])({ id: '1' })] }),
      )
      await expect(attempt).rejects.toEqual(refused)
    })

    it.each([
      ['its root', `update audit_head set root = sha256('x')`],
      ['its size', 'update audit_head set size = size - 1'],
      ['its checkpoint', `update audit_head set checkpoint = replace(checkpoint, 'vedette', 'vidette')`],
      ['a node', `update audit_node set hash = sha256('x') where level = 1`],
    ])('rather than sign over a head of which %s was edited', async (_, damage) => {
      for (let n = 0; n < 3; n++) await addOperator(randomUUID())
      await fresh.superuser.query(damage)
      await expect(addOperator(randomUUID(), 'Late', open())).rejects.toEqual(refused)
      expect(await operators()).toBe(3)
    })

    it('in the process that wrote the head as well', async () => {
      for (let n = 0; n < 3; n++) await addOperator(randomUUID())
      await fresh.superuser.query(`update audit_head set root = sha256('x')`)
      await expect(addOperator(randomUUID())).rejects.toEqual(refused)
    })

    it('in another process too when the database went back to an older state', async () => {
      await addOperator(randomUUID())
      const older = await head()
      await addOperator(randomUUID())
      await audit.flush()
      await fresh.superuser.query('delete from audit_leaf where index = 1; delete from audit_node where index = 1 or level = 1')
      await fresh.superuser.query('update audit_head set size = $1, root = $2, checkpoint = $3', [older!.size, older!.root, older!.checkpoint])
      for (const log of [audit, open()]) await expect(addOperator(randomUUID(), 'Late', log)).rejects.toEqual(refused)
      // The control: without the file, a new process cannot know.
      rmSync(checkpointFileOf(dataDir))
      await addOperator(randomUUID(), 'Late', open())
    })
  })

  it('refuses a record that could not be read back, at once', async () => {
    await db.read(system('test'), async (tx) => {
      expect(() => audit.record(tx, { action: 'Nonsense' })).toThrow(TypeError)
      expect(() => audit.record(tx, { action: 'test.done', subject: 'not an id' })).toThrow(TypeError)
      expect(() => audit.record(tx, { action: 'test.done', details: { text: '\ud800' } })).toThrow(expect.objectContaining({ code: 'INVALID_UTF8' }))
    })
  })

  it('cannot be changed by the application’s own role', async () => {
    await addOperator(randomUUID())
    for (const statement of [
      'update audit_leaf set action = action',
      'delete from audit_leaf',
      'delete from audit_node',
      'truncate audit_leaf',
      'delete from audit_head',
    ])
      await expect(db.pool.query(statement)).rejects.toThrow(/permission denied/)
  })

  describe('the checkpoint file', () => {
    const kept = () => openCheckpoint(readFileSync(checkpointFileOf(dataDir), 'utf8'), keys.log)?.size

    it('holds the newest checkpoint, readable by its owner only', async () => {
      for (let n = 0; n < 5; n++) await addOperator(randomUUID())
      await audit.flush()
      expect(readFileSync(checkpointFileOf(dataDir), 'utf8')).toBe((await head())!.checkpoint)
      expect(statSync(checkpointFileOf(dataDir)).mode & 0o777).toBe(0o600)
    })

    it('is never put back to an older state by another process', async () => {
      const other = open()
      await addOperator(randomUUID(), 'First', other)
      await addOperator(randomUUID(), 'Second')
      await Promise.all([audit.flush(), other.flush()])
      expect(kept()).toBe(2)
    })

    it('comes right when an older checkpoint lands on it in a race', async () => {
      await addOperator(randomUUID())
      const older = (await head())!.checkpoint
      await audit.flush()
      await addOperator(randomUUID())
      while (kept() !== 2) await new Promise((resolve) => setImmediate(resolve))
      writeFileSync(checkpointFileOf(dataDir), older)
      await audit.flush()
      expect(kept()).toBe(2)
    })

    it('stops nothing when it cannot be written, and everything when it cannot be read', async () => {
      const obstacle = `${checkpointFileOf(dataDir)}.${process.pid}`
      mkdirSync(obstacle, { recursive: true })
      await addOperator(randomUUID())
      await audit.flush()
      expect(existsSync(checkpointFileOf(dataDir))).toBe(false)
      rmSync(obstacle, { recursive: true })
      await addOperator(randomUUID())
      await audit.flush()
      expect(kept()).toBe(2)
      rmSync(checkpointFileOf(dataDir))
      mkdirSync(checkpointFileOf(dataDir))
      await expect(addOperator(randomUUID(), 'Third', open())).rejects.toEqual(expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' }))
    })
  })
})

describe('binder', () => {
  it('refuses a second list of columns for the same table', () => {
    binder('some_table', ['a', 'b'])
    expect(() => binder('some_table', ['a', 'b'])).not.toThrow()
    expect(() => binder('some_table', ['a'])).toThrow(/some_table/)
  })
})
