import { z } from 'zod'
import { PersonIdSchema } from '#platform/auth/contract.ts'

export const SCIM_MEDIA_TYPE = 'application/scim+json'
/** Where the service begins (RFC 7644, section 3.13 on the version in the path). */
export const SCIM_ROOT = '/scim/v2'
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error'
export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Most bytes of a request, most operations of one patch, most users of one page. */
export const SCIM_LIMITS = { body: 256 * 1024, operations: 50, page: 200, filter: 512, path: 200 } as const

const schemas = z.array(z.string())

/** A contact of the member, as SCIM shows it (RFC 7643, section 4.1); what is not kept here is not shown. */
export const ScimUser = z.object({
  schemas,
  id: z.string(),
  externalId: z.string().optional(),
  userName: z.string().optional(),
  name: z.object({ formatted: z.string(), givenName: z.string().optional(), familyName: z.string().optional() }).optional(),
  displayName: z.string().optional(),
  emails: z.array(z.object({ value: z.string(), type: z.string(), primary: z.boolean() })).optional(),
  active: z.boolean().optional(),
  roles: z.array(z.object({ value: z.string() })).optional(),
  meta: z.object({ resourceType: z.string(), created: z.string().optional(), lastModified: z.string().optional(), location: z.string() }).optional(),
})
export type ScimUserView = z.output<typeof ScimUser>

export const ScimList = z.object({
  schemas,
  totalResults: z.number().int(),
  startIndex: z.number().int(),
  itemsPerPage: z.number().int(),
  Resources: z.array(z.union([ScimUser, z.looseObject({ id: z.string() })])),
})

/** `startIndex` and `count` as RFC 7644, section 3.4.2.4, reads them; parameters that we do not offer are not looked at. */
export const ScimQuery = z.record(z.string(), z.string())
export const ScimParams = z.object({ id: PersonIdSchema })
export const ScimDescription = z.looseObject({ schemas })
