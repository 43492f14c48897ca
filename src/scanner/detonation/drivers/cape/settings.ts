import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { StartupError } from '#platform/errors.ts'
import { Environment } from '../../contract.ts'
import { DETONATE_SECONDS } from '../../queue.ts'

/** A task has to wait and run within the limit of its job, which also covers that its report is asked for. */
const MOST_SECONDS = DETONATE_SECONDS - 300

const word = z.string().regex(/^[A-Za-z0-9_.,=-]{1,100}$/, 'letters, digits and _ . , = - only')
const seconds = (least: number, most: number) => z.int().min(least).max(most)

const CapeEnvironment = z.strictObject({
  ...Environment.omit({ driver: true, macros: true, opens: true, pages: true, memory_mib: true }).shape,
  /** The machine of the farm by its label, or tags that it must have. */
  machine: word.optional(),
  tags: word.optional(),
  /** The analysis package; CAPE finds it by the type unless said. */
  package: word.optional(),
  /** How Office of this machine is set up: CAPE cannot choose it for each task. */
  macros: z.boolean(),
  /** It may be given the address of a page. */
  pages: z.boolean().default(false),
})
export type CapeEnvironment = z.infer<typeof CapeEnvironment>

/** What the operator says of their CAPE (docs/cape.md). */
export const CapeSettings = z
  .strictObject({
    /** Address of its REST API, such as https://cape.example/apiv2. */
    url: z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'an http or https address'),
    /** Of the account that tasks are made under. */
    token: z.string().regex(/^[\x21-\x7e]{8,200}$/, 'a token of 8 to 200 characters without spaces'),
    /** Host names that may have an address of a private network; any other must be public. */
    private_hosts: z.array(z.string().toLowerCase().max(253)).max(10).default([]),
    environments: z.array(CapeEnvironment).min(1).max(50),
    /** What CAPE's routing calls each way out; a submission that asks for one that is missing here is not sent. */
    routes: z
      .strictObject({ none: word, simulated: word, direct: word, upstream: word })
      .partial()
      .default({ none: 'none', simulated: 'inetsim', direct: 'internet' }),
    /** How long the document stays open. */
    analysis_seconds: seconds(10, 600).default(60),
    /** How long a task may wait for a machine of the farm. */
    queue_seconds: seconds(10, MOST_SECONDS).default(600),
    /** How long it may run and be reported on, once it has a machine. */
    run_seconds: seconds(30, MOST_SECONDS).default(900),
  })
  .refine(({ queue_seconds: queue, run_seconds: run }) => queue + run <= MOST_SECONDS, {
    path: ['queue_seconds'],
    message: `together with run_seconds more than ${MOST_SECONDS} s, which is as long as Vedette waits for one task`,
  })
export type CapeSettings = z.infer<typeof CapeSettings>

/** Reads the settings; undefined where there are none. Throws `StartupError` that names what is wrong. */
export function readCapeSettings(file: string): CapeSettings | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
    // The token opens the farm to whoever reads it.
    if ((statSync(file).mode & 0o077) !== 0) throw new StartupError(`${file} holds a token and can be read by others; change its mode to 600.`)
  } catch (error) {
    if (error instanceof StartupError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new StartupError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  return parseCapeSettings(text, file)
}

/** Throws `StartupError` with every fault and its place. */
export function parseCapeSettings(text: string, file: string): CapeSettings {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new StartupError(`${file} is no JSON.`)
  }
  const read = CapeSettings.safeParse(value)
  if (!read.success) {
    const faults = read.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    throw new StartupError(`${file} does not describe a CAPE: ${faults.join('; ')}.`)
  }
  const names = read.data.environments.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new StartupError(`${file} names the environment ${twice} twice.`)
  return read.data
}
