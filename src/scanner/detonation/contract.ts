import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { Exchange } from './egress/exchange.ts'

/** The schema of a detonation's report and of the events of an agent. */
export const DETONATION_SCHEMA = 'vedette.detonation/1'

/** Who saw it (design, section 14): when sources disagree the first counts, and the disagreement is itself a finding. */
export const Rank = z.enum(['host', 'kernel', 'guest'])
export type Rank = z.infer<typeof Rank>

/** How a detonation ended; exactly one. Only `rendered` and `idle` support "not seen". */
export const EndState = z.enum(['rendered', 'idle', 'crashed', 'hung', 'killed', 'agent-silenced'])
export type EndState = z.infer<typeof EndState>

export const Viewer = z.enum(['libreoffice', 'poppler', 'mupdf', 'chromium', 'other'])
export type Viewer = z.infer<typeof Viewer>

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const pid = z
  .int()
  .min(0)
  .max(2 ** 32)
const text = (most: number) => z.string().max(most)
const path = text(4096)
/** The stack pointer lay outside the thread's stack at this call. */
const pivoted = z.boolean().optional()
/** Addresses of a guest exceed what a number of JSON holds. */
const address = z.string().regex(/^0x[0-9a-f]{1,16}$/)

/** Where and in what a document is opened. */
export const Environment = z.strictObject({
  /** Such as `poppler-debian12`; stable, and what `--env` takes. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  viewer: Viewer,
  /** Of the viewer's package, such as `22.12.0-2+deb12u1`. */
  version: text(100),
  os: text(100),
  /** Environments of one line differ in the age of the viewer alone: `current` or `older`. The patch differential compares them. */
  line: text(40),
  age: z.enum(['current', 'older']),
  driver: z.enum(['qemu', 'windows', 'cape']),
  /** How alone it opens documents, where it cannot have macros both on and off. */
  macros: z.enum(['on', 'off']).optional(),
  /** Of an environment of others: the endings of what it opens, where that is not every document; and whether it opens pages. */
  opens: z
    .array(z.string().regex(/^[a-z0-9]{1,8}$/))
    .max(100)
    .optional(),
  pages: z.boolean().optional(),
  /** MiB of memory that a machine of it takes on the worker's host; absent where it runs elsewhere. */
  memory_mib: z.int().positive().optional(),
})
export type Environment = z.infer<typeof Environment>

/** What a document may reach while it is open. */
export const Egress = z.enum(['none', 'simulated', 'direct', 'upstream'])
export type Egress = z.infer<typeof Egress>

/** How one document is opened in one environment. */
export const DetonationOptions = z.strictObject({
  /** Macros run without a question, or not at all. The difference of both runs is the macro's doing. */
  macros: z.boolean(),
  egress: Egress,
  /** The C library checks the heap, so that silent damage becomes a crash. */
  checkHeap: z.boolean(),
})
export type DetonationOptions = z.infer<typeof DetonationOptions>

const at = { /** Seconds since the document was handed over, by the clock of whoever saw it. */ t: z.number().nonnegative().max(1e6), rank: Rank }

/**
 * What an environment saw, in the order in which it was seen. The trace of a Linux guest, the agent of a Windows guest, the report of CAPE and the host's
 * own readings are all told in these words.
 */
export const Happening = z.discriminatedUnion('kind', [
  z.strictObject({ ...at, kind: z.literal('process-start'), pid, parent: pid, image: path, arguments: z.array(text(4096)).max(64).optional(), pivoted }),
  z.strictObject({ ...at, kind: z.literal('process-end'), pid, code: z.int().optional(), signal: text(20).optional() }),
  /** A fault of the processor or an abort. */
  z.strictObject({
    ...at,
    kind: z.literal('fault'),
    pid,
    image: path,
    signal: text(20),
    address: address.optional(),
    access: z.enum(['read', 'write', 'execute']).optional(),
    instruction: address.optional(),
    /** The file that the instruction lies in; absent where it lies in none. */
    module: path.optional(),
    registers: z.record(text(8), address).optional(),
    /** Offsets of return addresses in their modules: equal for the same crash of another run. */
    stack: z.array(text(300)).max(64).optional(),
  }),
  /** A change of memory that makes it executable, or a file in memory alone. */
  z.strictObject({
    ...at,
    kind: z.literal('memory'),
    pid,
    call: z.enum(['mmap', 'mprotect', 'pkey_mprotect', 'memfd_create', 'execveat']),
    address: address.optional(),
    length: z.int().nonnegative().optional(),
    protection: text(3).optional(),
    anonymous: z.boolean().optional(),
    /** The protection key that it was put under: a thread writes it only after it said so. */
    key: z.int().min(1).max(15).optional(),
    pivoted,
  }),
  /** A call that a viewer of documents has no reason for: ptrace, bpf, unshare, init_module, ... */
  z.strictObject({ ...at, kind: z.literal('attack-call'), pid, image: path.optional(), call: text(40), detail: text(300).optional() }),
  z.strictObject({
    ...at,
    kind: z.literal('connect'),
    pid: pid.optional(),
    protocol: z.enum(['tcp', 'udp', 'dns', 'icmp', 'other']),
    to: text(300),
    port: z.int().min(0).max(65_535).optional(),
  }),
  z.strictObject({
    ...at,
    kind: z.literal('file'),
    pid: pid.optional(),
    action: z.enum(['create', 'write', 'move', 'delete', 'execute', 'read']),
    path,
    size: z.int().nonnegative().optional(),
    sha256: sha256.optional(),
    /** Its content begins as that of a program (ELF, PE) or of a script (`#!`). */
    program: z.literal(true).optional(),
    /** The viewer held it open to write it when the document came, so that only the disk tells. */
    held: z.literal(true).optional(),
    /** A file that nobody has a reason to read or change. */
    honey: z.boolean().optional(),
  }),
  z.strictObject({ ...at, kind: z.literal('registry'), pid, action: z.enum(['set', 'delete', 'read']), path, value: text(1000).optional() }),
  z.strictObject({ ...at, kind: z.literal('library-call'), pid, call: z.enum(['system', 'popen', 'dlopen', 'script']), argument: text(4096) }),
  z.strictObject({ ...at, kind: z.literal('module-load'), pid, path }),
  /** Many pages of the same content, as a heap spray leaves them. */
  z.strictObject({ ...at, kind: z.literal('spray'), pid, bytes: z.int().nonnegative(), pattern: text(64) }),
  z.strictObject({
    ...at,
    kind: z.literal('viewer'),
    state: z.enum(['opening', 'opened', 'rendered', 'idle', 'pending', 'closed', 'refused']),
    detail: text(1000).optional(),
  }),
  /** A picture of a page or of the screen; its bytes are kept by their hash. */
  z.strictObject({
    ...at,
    kind: z.literal('picture'),
    of: z.enum(['page', 'screen']),
    number: z.int().nonnegative().max(10_000),
    sha256,
    size: z.int().nonnegative(),
    width: z.int().positive(),
    height: z.int().positive(),
  }),
  z.strictObject({ ...at, kind: z.literal('dialog'), text: text(2000) }),
  /** Of a page: a launch of another program by its scheme, a download, a write to the clipboard, each `request` that the browser reports (its address), ... */
  z.strictObject({
    ...at,
    kind: z.literal('page'),
    action: z.enum([
      'navigate',
      'redirect',
      'scheme',
      'download',
      'clipboard',
      'console',
      'script',
      'worker',
      'crash',
      'request',
      'answer',
      'failure',
      'frame',
      'websocket',
      'heap',
      'title',
      // Equal or large buffers of scripts, and a clock that is read in a tight loop.
      'buffers',
      'clock',
    ]),
    detail: text(4096),
    sha256: sha256.optional(),
    url: text(4096).optional(),
    /** The page, script or address that led to it. */
    from: text(4096).optional(),
    /** What led from one address to the next. */
    cause: z.enum(['http', 'meta', 'header', 'script', 'form', 'link', 'window', 'other']).optional(),
    /** What a request is for, such as `Document` or `Script`; how a script came to be, such as `eval`. */
    as: text(40).optional(),
    method: text(20).optional(),
    status: z.int().min(0).max(999).optional(),
    /** Equal for all that is told of one request. */
    id: text(100).optional(),
    frame: text(100).optional(),
    /** Bytes that scripts hold, or of each of `count` buffers. */
    bytes: z.int().nonnegative().optional(),
    count: z.int().nonnegative().optional(),
  }),
  /** The proxy saw a request that the browser did not tell of; or a connection, which is `unused` where nothing was asked for through it. */
  z.strictObject({ ...at, kind: z.literal('unreported'), method: text(40), url: text(4096), unused: z.boolean().optional() }),
  /** The agent of the guest, or its stream of events, was lost. */
  z.strictObject({ ...at, kind: z.literal('silence'), of: z.enum(['agent', 'trace']), detail: text(300) }),
  /** More happened than was kept. */
  z.strictObject({ ...at, kind: z.literal('dropped'), of: text(40), count: z.int().nonnegative() }),
])
export type Happening = z.infer<typeof Happening>
export type HappeningOf<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>

export const Signal = z.strictObject({
  /** The file of `signals/` that judged it. */
  id: text(64),
  /**
   * `effect`: a document did what only an exploit does (control of execution, escape). `crash`: a fault that may be one. `active`: content acted, by what
   * the viewer offers. `odd`: worth knowing.
   */
  weight: z.enum(['effect', 'crash', 'active', 'odd']),
  rank: Rank,
  attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)),
  why: text(1000),
  /** Places in `happenings`. */
  shown_by: z.array(z.int().nonnegative()).max(100),
})
export type Signal = z.infer<typeof Signal>

/** One submission opened in one environment. */
export const Detonation = z.strictObject({
  schema: z.literal(DETONATION_SCHEMA),
  sha256,
  environment: Environment,
  options: DetonationOptions,
  /** What ran the guest's code; what was started, by its hashes. Absent for drivers that do not know. */
  machine: z.strictObject({ accelerator: z.enum(['kvm', 'tcg']), image: sha256, kernel: sha256.optional(), template: sha256 }).optional(),
  end: EndState,
  /** Why it was ended then, in one sentence. */
  why_ended: text(500),
  dwell_ms: z.int().nonnegative(),
  signals: z.array(Signal).max(1000),
  happenings: z.array(Happening).max(20_000),
  /** All that reached the proxy, whether it passed or not; absent for drivers without one. */
  network: z.array(Exchange).max(5000).optional(),
  /** What was not watched, and why. */
  not_watched: z.array(z.strictObject({ what: text(200), why: text(300) })).max(100),
})
export type Detonation = z.infer<typeof Detonation>

const instant = z.date().transform((date) => date.toISOString())

/** One detonation of a submission as its reader may know it. */
export const DetonationView = z.object({
  id: z.string(),
  environment: Environment,
  options: DetonationOptions,
  /** 2: it repeats what the first run showed. */
  run: z.number().int(),
  state: z.enum(['queued', 'running', 'ended', 'failed']),
  /** What a queued one waits for, once it has been asked for. */
  waitsFor: z.enum(['machine', 'memory', 'environment']).nullable(),
  /** Why it has no result. */
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
  /** Null before the end, and where the operator holds back what was seen. */
  end: EndState.nullable(),
  whyEnded: z.string().nullable(),
  dwellMs: z.number().int().nullable(),
  /** How much has been seen so far; 0 where the operator holds back what was seen. */
  happenings: z.number().int(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
})
export const DetonationList = z.object({ items: z.array(DetonationView) })

/** How far a verdict rests on what was seen in environments: what it does not rest on is said, never left out. */
export const Behaviour = z.object({
  /**
   * `static-only`: it was to be opened nowhere. `detonating`: what is said is not all yet. `watched`: it was opened wherever it was to be. `in-part`: not in all
   * of these, or its verdict was never joined. `held`: the operator holds back what was seen.
   */
  state: z.enum(['static-only', 'detonating', 'watched', 'in-part', 'held']),
  why: z.string().nullable(),
})
export type Behaviour = z.infer<typeof Behaviour>

export const DetonationParams = z.object({ id: idSchema<'submission'>(), detonation: idSchema<'detonation'>() })
export const ArtefactParams = DetonationParams.extend({ sha256 })

/** Files that a detonation left and that are kept, by their hashes. */
export const ArtefactList = z.object({ items: z.array(z.object({ sha256: z.string(), size: z.number().int(), picture: z.boolean() })) })

/** A machine that is lent, and what waits for one. */
export const FarmView = z.object({
  workers: z.array(
    z.object({
      host: z.string(),
      machines: z.number().int(),
      memoryMib: z.number().int(),
      environments: z.array(Environment),
      /** What of its host cannot be used and why, and who runs the guests' code. */
      notes: z.array(z.string()),
    }),
  ),
  leases: z.array(
    z.object({
      host: z.string(),
      machine: z.number().int(),
      memoryMib: z.number().int(),
      leasedAt: instant,
      /** Null where it is lent for another operator. */
      submission: z.string().nullable(),
      environment: z.string().nullable(),
    }),
  ),
  waiting: z.array(
    z.object({
      submission: z.string(),
      environment: z.string(),
      /** Null: for its turn. */
      waitsFor: z.enum(['machine', 'memory', 'environment']).nullable(),
      plannedAt: instant,
    }),
  ),
})

/** What is installed to open submissions in, and what whoever asks may let them reach. */
export const EnvironmentList = z.object({ items: z.array(Environment), egress: z.array(Egress) })
