import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Attempts } from './worker.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../..')
const isRoot = process.getuid?.() === 0 && process.arch === 'x64'

/** A host may keep these even from root. */
const HOST_DENIES = ['disk']

/** What the hostile program tries, as it tells itself. */
const PROBES = spawnSync('/usr/bin/perl', [join(HERE, 'probes.pl'), 'list'], { encoding: 'utf8' })
  .stdout.trim()
  .split('\n')
  .map((line) => line.split('\t'))
  .map(([group, name, what, mark]) => ({ group: group!, name: name!, what: what!, mark }))

function worker(): Attempts {
  // The worker is started with an open descriptor that it knows nothing of, as a service manager may leave one.
  const started = spawnSync('/bin/bash', ['-c', 'exec 200< <(:); exec "$0" "$@"', process.execPath, join(HERE, 'worker.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 2 ** 24,
  })
  if (started.status !== 0) throw new Error(started.stderr)
  return JSON.parse(started.stdout) as Attempts
}

describe.skipIf(!isRoot)(isRoot ? 'the wall around a machine' : 'the wall around a machine (root on x86-64 alone can build it)', () => {
  let attempts: Attempts
  beforeAll(() => {
    attempts = worker()
  }, 250_000)
  const names = (answers: Record<string, string>, answer: string) => Object.keys(answers).filter((name) => answers[name] === answer)

  it('denies a hostile program in the place of QEMU all that it reaches for', () => {
    const { answers, ended, wall } = attempts.behind
    expect(wall).toBe('')
    expect(ended).toBe(true)
    expect(Object.keys(answers).length).toBeGreaterThanOrEqual(40)
    expect(names(answers, 'reached').map((name) => `${name} ${attempts.behind.reasons[name]}`)).toEqual([])
    expect(names(answers, 'died').map((name) => `${name} ${attempts.behind.reasons[name]}`)).toEqual([])
  })

  it('control: without the wall the same program reaches what there is', () => {
    const { answers, ended } = attempts.outside
    expect(ended).toBe(true)
    const not = Object.keys(answers).filter((name) => answers[name] !== 'reached' && answers[name] !== 'absent' && !HOST_DENIES.includes(name))
    expect(not.map((name) => `${name} ${answers[name]} ${attempts.outside.reasons[name]}`)).toEqual([])
    expect(names(answers, 'reached').length).toBeGreaterThanOrEqual(70)
  })

  it('denies without its filter of system calls all but what the filter alone is for', () => {
    const { answers, ended } = attempts.withoutFilter
    expect(ended).toBe(true)
    const byFilter = PROBES.filter(({ mark }) => mark === 'calls').map(({ name }) => name)
    expect(names(answers, 'reached').filter((name) => !byFilter.includes(name))).toEqual([])
    // Control: the filter is what denies these.
    expect(names(answers, 'reached').length).toBeGreaterThanOrEqual(5)
  })

  it.each(['memory-bomb', 'memory-file-bomb'])('ends a %s, which goes on without the wall', (name) => {
    const { behind, outside } = attempts.alone[name]!
    expect(behind.answers[name]).not.toBe('reached')
    expect(outside.answers[name]).toBe('reached')
  })

  it.each([
    ['cgroup', 'no cgroup'],
    ['account', 'Uid'],
    ['limits', 'no limit of core file size'],
    ['descriptors', 'open descriptor of this process'],
    ['net', 'shares the net namespace'],
    ['pid', 'shares the pid namespace'],
    ['ipc', 'shares the ipc namespace'],
    ['uts', 'shares the uts namespace'],
    ['files', 'sees /host'],
    ['calls', 'not filtered'],
  ] as const)('refuses to run without its layer "%s"', (layer, why) => {
    expect(attempts.layers[layer]).toContain('the wall is not complete')
    expect(attempts.layers[layer]).toContain(why)
  })

  it('is described in docs/wall.md', async () => {
    const { answers } = attempts.behind
    const rows = PROBES.map(
      ({ group, name, what, mark }) =>
        `| ${group} | ${name} | ${what} | ${mark === 'calls' ? 'filter of calls alone' : mark === 'alone' ? 'limits' : 'more than one layer'} |`,
    )
    expect(PROBES.filter(({ mark }) => mark !== 'alone').map(({ name }) => name)).toEqual(Object.keys(answers))
    await expect(`${INTRODUCTION}\n${rows.join('\n')}\n`).toMatchFileSnapshot(join(ROOT, 'docs/wall.md'))
  })
})

it('refuses without root, and says why', () => {
  const script = `import { launch } from '#scanner/detonation/machine/wall.ts'
    process.setgid?.(65534); process.setuid?.(65534)
    try { launch(['perl', '-e', '1'], { memoryBytes: 2 ** 26, processes: 8, cpus: 1, fileBytes: 0 }, []) } catch (error) { console.log(error.constructor.name, error.message) }`
  const started = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], { cwd: ROOT, encoding: 'utf8' })
  expect(started.stdout).toBe('NoWall only root can give each machine an account and limits of its own\n')
})

const INTRODUCTION = `# The wall around a machine

What a document does to a virtual machine may take QEMU over: an emulator is no wall. Each QEMU therefore runs behind one (\`src/scanner/detonation/machine/wall.ts\`),
which is looked at from outside at every launch; a launch whose wall is not complete ends before the guest's first instruction.

| layer | what it is |
|---|---|
| cgroup | hard limits of memory, processes and processor time, so that none starves another or the server |
| account | an account of its own for each machine, without groups, capabilities, and any way to gain some |
| namespaces | own network (without any interface but its own loopback), processes, inter-process communication, names, users and mounts; it cannot make further ones |
| files | of the host it sees QEMU's program, libraries and firmware, to read; nothing that it could write |
| descriptors | those that it is given: its disks, its memory, its channels; the base image is open for reading, the template's memory is sealed |
| limits | of the size of a file, none of cores, none of locked memory |
| calls | a filter of system calls beside QEMU's own: no process starts, no socket opens, nothing of the kernel that a machine has no reason for |

The machine's disk lies in a file without a name, which is gone when the machine is, and cannot grow past its size. What a worker leaves that was killed is ended and removed
by the next one that starts.

A hostile program is started in QEMU's place by the same code (\`test/wall\`). It tries what follows, and all of it is denied; without the wall it reaches what the host has.
"Filter of calls alone" marks what no other layer would deny, as the test sees with the filter left out.

| of | attempt | what it does | held by |
|---|---|---|---|`
