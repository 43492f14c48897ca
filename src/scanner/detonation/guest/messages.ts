import { z } from 'zod'
import { EndState, Happening } from '../contract.ts'

/** Bytes that an artefact holds at most, and a frame of the channels with them. */
export const MOST_FRAME_BYTES = 32 * 2 ** 20
/** What says more than this of one thing says nothing of a document. */
const MOST_MESSAGE_BYTES = 256 * 1024

const t = z.number().nonnegative().max(1e6)
const bytes = z.int().nonnegative().max(MOST_FRAME_BYTES)

const Artefact = z.discriminatedUnion('of', [
  z.object({
    kind: z.literal('artefact'),
    of: z.literal('picture'),
    shows: z.enum(['page', 'screen']),
    number: z.int().nonnegative().max(10_000),
    t,
    bytes,
  }),
  z.object({ kind: z.literal('artefact'), of: z.literal('core'), pid: z.int().nonnegative(), t, bytes }),
  z.object({ kind: z.literal('artefact'), of: z.literal('file'), path: z.string().max(4096), t, bytes }),
  z.object({ kind: z.literal('artefact'), of: z.literal('body'), t, bytes }),
])
export type GuestArtefact = z.infer<typeof Artefact>

const text = z.string().max(300)
/** Said once by a guest whose viewer is warm, before it met any document. */
export const Ready = z.object({
  kind: z.literal('ready'),
  versions: z.record(z.string().max(40), text),
  /** The number that ends each entry of the trace that fetches a string; absent where the guest has no trace. */
  guard: z
    .string()
    .regex(/^0x[0-9a-f]{1,16}$/)
    .optional(),
  /** Files that nobody has a reason to touch: the trace tells of them, too. */
  honey: z.array(z.string().max(4096)).max(100).optional(),
  /** Files that the warm viewer holds open to write them: of those no call tells any more. */
  open: z.array(z.string().max(4096)).max(500).optional(),
  /** What cannot be watched in this guest, and why. */
  missing: z.array(text).max(100),
})
export type Ready = z.infer<typeof Ready>

/** What a guest says of itself while a document is open. */
export type GuestMessage =
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'done'; readonly end: EndState }
  | { readonly kind: 'happening'; readonly happening: Happening }
  | { readonly kind: 'artefact'; readonly artefact: GuestArtefact }
  | { readonly kind: 'ready'; readonly ready: Ready }

/** A guest said what does not fit: its agent speaks no more, or somebody else does in its place. */
export class GarbledGuest extends Error {}

/** Reads one message of a guest. Throws `GarbledGuest`. What is not of the protocol itself must be a happening, and the guest gives it no rank. */
export function parseMessage(frame: Buffer): GuestMessage {
  const said = jsonIn(frame)
  const kind = 'kind' in said ? said.kind : undefined
  if (kind === 'heartbeat') return { kind }
  if (kind === 'done') return { kind, end: fitting(EndState, 'end' in said ? said.end : undefined) }
  if (kind === 'artefact') return { kind, artefact: fitting(Artefact, said) }
  if (kind === 'ready') return { kind, ready: fitting(Ready, said) }
  if ('rank' in said) throw new GarbledGuest('a message gives itself a rank')
  return { kind: 'happening', happening: fitting(Happening, { ...said, rank: 'guest' }) }
}

function jsonIn(frame: Buffer): object {
  if (frame.length > MOST_MESSAGE_BYTES) throw new GarbledGuest(`a message of ${frame.length} bytes`)
  let said: unknown
  try {
    said = JSON.parse(frame.toString('utf8'))
  } catch {
    throw new GarbledGuest('a message is no JSON')
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw new GarbledGuest('a message is no object')
  return said
}

function fitting<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value)
  if (!read.success)
    throw new GarbledGuest(`a message does not fit: ${read.error.issues[0]?.path.join('.') ?? ''} ${read.error.issues[0]?.message ?? ''}`.slice(0, 300))
  return read.data
}
