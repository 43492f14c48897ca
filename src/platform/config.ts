import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve, join } from 'node:path'
import { z } from 'zod'
import { FEWEST_CONNECTIONS } from '#platform/db/lanes.ts'
import { StartupError } from '#platform/errors.ts'
import { readSmtpUrl, SINGLE_ADDRESS, type SmtpServer } from '#platform/mail/smtp-url.ts'

/** Which set of data an entry point works on when VEDETTE_DATA does not say. */
export type Edition = 'live' | 'demo'

interface Setting {
  readonly meaning: string
  readonly schema: z.ZodType<string | undefined, string | undefined>
  readonly fallback: string | undefined
  readonly secret?: true
}

const text = z.string().optional()
const shortText = z.string().max(200, 'at most 200 characters').optional()
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .refine((v) => Number(v) >= min && Number(v) <= max, `between ${min} and ${max}`)
    .optional()
const webUrl = z
  .string()
  .refine((v) => URL.canParse(v) && /^https?:$/.test(new URL(v).protocol) && new URL(v).pathname === '/', 'an http or https address without a path')
  .optional()
const mirrorUrl = z
  .string()
  .refine((v) => URL.canParse(v) && /^https?:$/.test(new URL(v).protocol), 'an http or https address')
  .transform((v) => v.replace(/\/+$/, ''))
  .optional()
const hostNames = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]+( *, *[A-Za-z0-9.:_-]+)*$/, 'host names separated by commas, without ports')
  .optional()
const postgresUrl = z
  .string()
  .refine((v) => /^postgres(ql)?:\/\//.test(v) && URL.canParse(v.replace(/\/\/@?%2F/i, '//')), 'a postgres:// address')
  .optional()
const smtpUrl = z
  .string()
  .refine((v) => readSmtpUrl(v) !== undefined, 'smtps://user:password@host:port or smtp://user:password@host:port, with nothing after the port')
  .optional()
const mailAddress = z.string().regex(SINGLE_ADDRESS, 'one mail address').optional()

/** Every setting of the program: the only place where the environment is named. */
const SETTINGS = {
  VEDETTE_HOST: { meaning: 'Address the server listens on', schema: text, fallback: '127.0.0.1' },
  VEDETTE_PORT: { meaning: 'Port the server listens on', schema: whole(1, 65535), fallback: '8080' },
  VEDETTE_URL: {
    meaning: 'Address people reach the console at, http://localhost:PORT unless set; passkeys are bound to its host name',
    schema: webUrl,
    fallback: undefined,
  },
  VEDETTE_DATA: {
    meaning: 'Folder that holds everything this instance stores: ./data/live, or ./data/demo for the demonstration, unless set',
    schema: text,
    fallback: undefined,
  },
  VEDETTE_KEYS: {
    meaning: 'Folder of the master key and the log key, keys in the data folder unless set; hosts that share a database share it',
    schema: text,
    fallback: undefined,
  },
  VEDETTE_TLS_CERT: { meaning: 'PEM file of the certificate chain; with VEDETTE_TLS_KEY the server speaks TLS itself', schema: text, fallback: undefined },
  VEDETTE_TLS_KEY: { meaning: 'PEM file of the private key of the certificate', schema: text, fallback: undefined },
  VEDETTE_TLS_CLIENT_CA: {
    meaning:
      'PEM file of the authorities whose client certificates sign programs in, each registered on the page "Account"; only with VEDETTE_TLS_CERT: behind a proxy there are none',
    schema: text,
    fallback: undefined,
  },
  VEDETTE_BASIC: {
    meaning: 'Whether an API token may also be sent as the password of HTTP Basic, which is all that some TAXII clients can send: on or off',
    schema: z.enum(['on', 'off']).optional(),
    fallback: 'on',
  },
  VEDETTE_CONTACT: { meaning: 'Whom members ask about this exchange: an address that the discovery of TAXII shows', schema: shortText, fallback: undefined },
  VEDETTE_TRUST_PROXY: { meaning: 'Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas', schema: text, fallback: undefined },
  VEDETTE_METRICS_TOKEN: {
    meaning: 'Bearer token that /metrics asks for; without it only this machine may read it, and only where VEDETTE_URL is localhost',
    schema: text,
    fallback: undefined,
    secret: true,
  },
  VEDETTE_LOG_LEVEL: {
    meaning: 'Least severe line that is logged',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
    fallback: 'info',
  },
  VEDETTE_RATE_LIMIT: { meaning: 'Requests that one address or token may send in a minute', schema: whole(1, 1_000_000), fallback: '1200' },
  VEDETTE_IDP_PRIVATE_HOSTS: {
    meaning:
      'Hosts of identity providers that may have a private address, separated by commas; plain http is accepted from those of them that are this machine alone',
    schema: hostNames,
    fallback: undefined,
  },
  VEDETTE_WEBHOOK_PRIVATE_HOSTS: {
    meaning: 'Hosts of webhooks that may have a private address, separated by commas; plain http is accepted from those of them that are this machine alone',
    schema: hostNames,
    fallback: undefined,
  },
  VEDETTE_REMOTE_PRIVATE_HOSTS: {
    meaning:
      'Hosts of remote TAXII servers that may have a private address, separated by commas; plain http is accepted from those of them that are this machine alone',
    schema: hostNames,
    fallback: undefined,
  },
  VEDETTE_EGRESS: {
    meaning: 'Who may have a submission reach the real network while it is opened, through the recording proxy: nobody, operator or members',
    schema: z.enum(['nobody', 'operator', 'members']).optional(),
    fallback: 'nobody',
  },
  VEDETTE_EGRESS_PRIVATE_HOSTS: {
    meaning: 'Hosts of upstream proxies for submissions that may have a private address, separated by commas',
    schema: hostNames,
    fallback: undefined,
  },
  VEDETTE_TOKEN: {
    meaning: 'API token that vedette member sends to the server at VEDETTE_URL; made on the page "Account"',
    schema: text,
    fallback: undefined,
    secret: true,
  },
  DATABASE_URL: {
    meaning: 'PostgreSQL 15 or newer, as a role that may create tables and roles; without it the embedded server runs',
    schema: postgresUrl,
    fallback: undefined,
    secret: true,
  },
  DATABASE_APP_URL: {
    meaning: 'The same database as the role that owns nothing; without it that role is made through DATABASE_URL',
    schema: postgresUrl,
    fallback: undefined,
    secret: true,
  },
  VEDETTE_SMTP_URL: {
    meaning: 'Mail server, smtps://user:password@host:port or smtp://… (then with STARTTLS, except to this machine); without it mail stays in the outbox',
    schema: smtpUrl,
    fallback: undefined,
    secret: true,
  },
  VEDETTE_SMTP_CA: { meaning: 'PEM file of the authority that the mail server is trusted by, in place of the public ones', schema: text, fallback: undefined },
  VEDETTE_MAIL_FROM: { meaning: 'Address that mail is sent from, and bounces go to', schema: mailAddress, fallback: undefined },
  VEDETTE_CACHE_MIB: {
    meaning: 'Memory, in MiB, in which one process keeps opened objects and pages of the exchange that were read lately',
    schema: whole(1, 65_536),
    fallback: '64',
  },
  VEDETTE_DEBIAN_MIRROR: {
    meaning: 'Address under which debian/ and debian-security/ lie: what vedette guest build makes its machines from',
    schema: mirrorUrl,
    fallback: 'http://deb.debian.org',
  },
  DATABASE_POOL: { meaning: 'Most connections that one process opens', schema: whole(FEWEST_CONNECTIONS, 200), fallback: '10' },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof SETTINGS

/** The checked configuration; passed down, never read from the environment again. */
export interface Config {
  readonly edition: Edition
  readonly host: string
  readonly port: number
  readonly url: URL
  /** Absolute paths. */
  readonly dataDir: string
  readonly keysDir: string
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string | undefined } | undefined
  /** Whether a token may be the password of HTTP Basic. */
  readonly basic: boolean
  readonly contact: string | undefined
  readonly trustProxy: readonly string[]
  readonly metricsToken: string | undefined
  /** What commands that speak to a server send. */
  readonly token: string | undefined
  readonly logLevel: string
  readonly rateLimitPerMinute: number
  /** Lower case. */
  readonly idpPrivateHosts: readonly string[]
  /** Lower case. */
  readonly webhookPrivateHosts: readonly string[]
  readonly remotePrivateHosts: readonly string[]
  /** Who may have a submission reach the real network. */
  readonly egress: 'nobody' | 'operator' | 'members'
  /** Lower case. */
  readonly egressPrivateHosts: readonly string[]
  readonly databaseUrl: string | undefined
  readonly databaseAppUrl: string | undefined
  readonly databasePool: number
  /** Without a slash at its end. */
  readonly debianMirror: string
  /** Memory for what the exchange keeps at hand. */
  readonly cacheBytes: number
  /** Undefined: mail is not sent, and stays in the outbox. */
  readonly smtp: SmtpServer | undefined
}

/** Checks the environment against SETTINGS. Throws StartupError naming the variable. */
export function readConfig(edition: Edition, env: NodeJS.ProcessEnv = process.env): Config {
  const get = (name: SettingName): string | undefined => {
    const setting: Setting = SETTINGS[name]
    const raw = env[name] === '' ? undefined : env[name]
    const parsed = setting.schema.safeParse(raw)
    if (!parsed.success) throw new StartupError(`${name} must be ${parsed.error.issues[0]?.message ?? 'a valid value'}.`)
    return parsed.data ?? setting.fallback
  }
  const port = Number(get('VEDETTE_PORT'))
  const dataDir = resolve(get('VEDETTE_DATA') ?? join('data', edition))
  const cert = get('VEDETTE_TLS_CERT')
  const key = get('VEDETTE_TLS_KEY')
  const clientCa = get('VEDETTE_TLS_CLIENT_CA')
  if (clientCa !== undefined && cert === undefined)
    throw new StartupError('VEDETTE_TLS_CLIENT_CA needs VEDETTE_TLS_CERT and VEDETTE_TLS_KEY: a proxy does not pass certificates on.')
  if ((cert === undefined) !== (key === undefined)) throw new StartupError('Set VEDETTE_TLS_CERT and VEDETTE_TLS_KEY together, or neither.')
  return {
    edition,
    host: get('VEDETTE_HOST')!,
    port,
    url: new URL(get('VEDETTE_URL') ?? `${cert ? 'https' : 'http'}://localhost:${port}`),
    dataDir,
    keysDir: resolve(get('VEDETTE_KEYS') ?? join(dataDir, 'keys')),
    tls: cert && key ? { certFile: resolve(cert), keyFile: resolve(key), clientCaFile: clientCa && resolve(clientCa) } : undefined,
    basic: get('VEDETTE_BASIC') === 'on',
    contact: get('VEDETTE_CONTACT'),
    trustProxy: (get('VEDETTE_TRUST_PROXY') ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
    metricsToken: get('VEDETTE_METRICS_TOKEN'),
    token: get('VEDETTE_TOKEN'),
    logLevel: get('VEDETTE_LOG_LEVEL')!,
    rateLimitPerMinute: Number(get('VEDETTE_RATE_LIMIT')),
    idpPrivateHosts: namesOf(get('VEDETTE_IDP_PRIVATE_HOSTS')),
    webhookPrivateHosts: namesOf(get('VEDETTE_WEBHOOK_PRIVATE_HOSTS')),
    remotePrivateHosts: namesOf(get('VEDETTE_REMOTE_PRIVATE_HOSTS')),
    egress: get('VEDETTE_EGRESS') as Config['egress'],
    egressPrivateHosts: namesOf(get('VEDETTE_EGRESS_PRIVATE_HOSTS')),
    databaseUrl: get('DATABASE_URL'),
    databaseAppUrl: get('DATABASE_APP_URL'),
    databasePool: Number(get('DATABASE_POOL')),
    debianMirror: get('VEDETTE_DEBIAN_MIRROR')!,
    cacheBytes: Number(get('VEDETTE_CACHE_MIB')) * 2 ** 20,
    smtp: readSmtp(get),
  }
}

function namesOf(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter(Boolean)
}

/** The mail server, whole or not at all: half a configuration would keep mail back unnoticed. */
function readSmtp(get: (name: SettingName) => string | undefined): SmtpServer | undefined {
  const [url, from, ca] = [get('VEDETTE_SMTP_URL'), get('VEDETTE_MAIL_FROM'), get('VEDETTE_SMTP_CA')]
  if ((url === undefined) !== (from === undefined)) throw new StartupError('Set VEDETTE_SMTP_URL and VEDETTE_MAIL_FROM together, or neither.')
  if (url === undefined || from === undefined) return undefined
  return { ...readSmtpUrl(url)!, from, ca: ca === undefined ? undefined : readAuthority(ca) }
}

function readAuthority(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8')
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  } catch (cause) {
    throw new StartupError(`VEDETTE_SMTP_CA names ${file}, which cannot be read.`, { cause })
  }
  throw new StartupError(`VEDETTE_SMTP_CA names ${file}, which holds no certificate.`)
}

export interface SettingDescription {
  readonly name: SettingName
  /** Null when it has none; `(hidden)` for a secret. */
  readonly value: string | null
  /** False when the value is the default. */
  readonly set: boolean
  readonly meaning: string
}

/** Every setting with its meaning and its value in effect; secrets are hidden. */
export function describeSettings(config: Config, env: NodeJS.ProcessEnv = process.env): SettingDescription[] {
  const effective: Partial<Record<SettingName, string>> = { VEDETTE_URL: config.url.origin, VEDETTE_DATA: config.dataDir, VEDETTE_KEYS: config.keysDir }
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting: Setting = SETTINGS[name]
    const given = env[name] || undefined
    const value = effective[name] ?? given ?? setting.fallback ?? null
    return { name, value: value !== null && setting.secret ? '(hidden)' : value, set: given !== undefined, meaning: setting.meaning }
  })
}

/** File in the data folder that says which edition it belongs to. */
const EDITION_FILE = 'edition'
/** File that is there while a program runs on the data folder. */
export const LOCK_FILE = 'vedette.pid'

/**
 * The edition that a command means when it does not say: that of VEDETTE_DATA; otherwise the one of ./data that
 * runs, or that is there; the live one in doubt.
 */
export function meantEdition(env: NodeJS.ProcessEnv = process.env): Edition {
  if (env['VEDETTE_DATA']) return storedEdition(resolve(env['VEDETTE_DATA'])) ?? 'live'
  const there = (['live', 'demo'] as const).filter((edition) => existsSync(join('data', edition)))
  const running = there.filter((edition) => existsSync(join('data', edition, LOCK_FILE)))
  return (running.length === 1 ? running[0] : there[0]) ?? 'live'
}

function storedEdition(dataDir: string): Edition | undefined {
  try {
    return readFileSync(join(dataDir, EDITION_FILE), 'utf8').trim() === 'demo' ? 'demo' : 'live'
  } catch {
    return undefined
  }
}

/** Makes the data folder (mode 0700) or explains why it cannot be used. */
export function openDataDir(config: Config): void {
  const stored = storedEdition(config.dataDir)
  if (stored !== undefined && stored !== config.edition) {
    throw new StartupError(
      `The data folder ${config.dataDir} belongs to the ${stored === 'demo' ? 'demonstration' : 'live instance'}; set VEDETTE_DATA to another.`,
    )
  }
  try {
    for (const dir of [config.dataDir, config.keysDir]) {
      if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 })
      accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    }
    if (stored === undefined) writeFileSync(join(config.dataDir, EDITION_FILE), `${config.edition}\n`, { mode: 0o600 })
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException
    const why = code === 'ENOSPC' ? 'the disk is full' : code === 'EROFS' ? 'the file system is read-only' : `it cannot be written (${code})`
    throw new StartupError(`The data folder ${path ?? config.dataDir} cannot be used: ${why}; set VEDETTE_DATA to a folder of your own.`, { cause })
  }
}
