import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { TIERS } from '#program/membership/contract.ts'

const at = z.date().transform((date) => date.toISOString())

/** What a list of members may be at most. */
export const MAX_IMPORT_BYTES = 2 * 1024 * 1024
/** An approval writes them in one transaction, for whose end the whole audit log waits. */
export const MAX_IMPORT_ROWS = 500

/** Columns of the file; those with a question mark may be left out or empty. Headers are read whatever their case, spaces and separators. */
export const IMPORT_COLUMNS = ['name', 'kind', 'tier', 'jurisdiction', 'since', 'contact_name', 'contact_email', 'role_address', 'website'] as const
export type ImportColumn = (typeof IMPORT_COLUMNS)[number]

export const FAULT_CODES = [
  'NOT_CSV',
  'NOT_UTF8',
  'TOO_MANY_ROWS',
  'NO_ROWS',
  'COLUMN_MISSING',
  'COLUMN_UNKNOWN',
  'COLUMN_TWICE',
  'CELLS_MISSING',
  'CELLS_TOO_MANY',
  'MISSING',
  'INVALID',
  'UNKNOWN_JURISDICTION',
  'IN_FUTURE',
  'TWICE_IN_FILE',
  'MEMBER_ALREADY',
] as const

/** One thing that is wrong. `line` counts from 1, the header included; null for the file as a whole. */
export const ImportFault = z.object({
  line: z.number().int().nullable(),
  column: z.string().nullable(),
  code: z.enum(FAULT_CODES),
  message: z.string(),
})

/** One member of a list that is as it should be. */
export const ImportRow = z.object({
  line: z.number().int(),
  name: z.string(),
  kind: z.enum(['vendor', 'responder']),
  tier: z.enum(TIERS),
  /** Name and version of a jurisdiction's policy. */
  jurisdiction: z.string(),
  /** Day since which it is a member elsewhere; shown, never a right. */
  since: z.string().nullable(),
  contactName: z.string(),
  contactEmail: z.string(),
  roleAddress: z.string().nullable(),
  website: z.string().nullable(),
})
export type ImportRow = z.output<typeof ImportRow>

const IMPORT_STATES = ['waits', 'approved', 'closed', 'expired'] as const
/** A list that one officer proposed. */
export const MemberImport = z.object({
  id: z.string(),
  state: z.enum(IMPORT_STATES),
  rowCount: z.number().int(),
  /** SHA-256 of the file. */
  sha256: z.string(),
  proposedBy: z.object({ id: z.string(), name: z.string() }),
  proposedAt: at,
  expiresAt: at,
  approvedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  approvedAt: at.nullable(),
})
export const MemberImportPage = pageOf(MemberImport)
/** With its rows: what the second officer decides about. */
export const MemberImportView = MemberImport.extend({ rows: z.array(ImportRow) })
export const ImportParams = z.object({ id: idSchema<'member-import'>() })

/** `POST /api/member-imports`: without `dryRun=false` nothing is written. */
export const ImportQuery = z.object({ dryRun: z.enum(['true', 'false']).default('true') })
export const ImportReport = z.object({
  dryRun: z.boolean(),
  /** Rows of the file below its header. */
  rowCount: z.number().int(),
  /** What separates the cells. */
  delimiter: z.string(),
  good: z.array(ImportRow),
  faults: z.array(ImportFault),
  /** What waits for a second officer; null for a dry run. */
  import: MemberImport.nullable(),
})

/** What the approval brought: each member with the one-time link of its contact, shown in this answer only. */
export const ApprovedImport = z.object({
  import: MemberImport,
  members: z.array(
    z.object({
      organisation: z.object({ id: z.string(), name: z.string() }),
      contact: z.object({ id: z.string(), name: z.string(), email: z.string() }),
      link: z.object({ url: z.string(), expiresAt: at }),
    }),
  ),
})
