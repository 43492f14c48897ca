import { SCIM_LIMITS, SCIM_ROOT, USER_SCHEMA } from '#platform/auth/scim/contract.ts'

const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema'
const TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'
const CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

/** What the service offers (RFC 7643, section 5). */
export function serviceProviderConfig(origin: string) {
  return {
    schemas: [CONFIG_SCHEMA],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: SCIM_LIMITS.page },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [{ type: 'oauthbearertoken', name: 'API token', description: 'An API token of an admin with the scopes scim:read and scim:write' }],
    meta: { resourceType: 'ServiceProviderConfig', location: `${origin}${SCIM_ROOT}/ServiceProviderConfig` },
  }
}

/** The one type of resource (RFC 7643, section 6). */
export function userResourceType(origin: string) {
  return {
    schemas: [TYPE_SCHEMA],
    id: 'User',
    name: 'User',
    endpoint: '/Users',
    description: 'Contact of your organisation',
    schema: USER_SCHEMA,
    meta: { resourceType: 'ResourceType', location: `${origin}${SCIM_ROOT}/ResourceTypes/User` },
  }
}

const attribute = (name: string, description: string, more: object = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
})
const list = (name: string, description: string, parts: readonly object[]) =>
  attribute(name, description, { type: 'complex', multiValued: true, subAttributes: parts })

/** Attributes of a contact that are kept (RFC 7643, section 7); others may be sent and are left out. */
export function userSchema(origin: string) {
  const name = [attribute('formatted', 'Whole name'), attribute('givenName', 'Given name'), attribute('familyName', 'Family name')]
  return {
    schemas: [SCHEMA_SCHEMA],
    id: USER_SCHEMA,
    name: 'User',
    description: 'Contact of your organisation',
    attributes: [
      attribute('userName', 'Name in your directory', { required: true, uniqueness: 'server' }),
      attribute('externalId', 'Id in your directory; the subject at your identity provider where it is configured so', { caseExact: true }),
      attribute('displayName', 'Name that others see'),
      attribute('name', 'Name by its parts', { type: 'complex', subAttributes: name }),
      attribute('active', 'False ends the account for good', { type: 'boolean' }),
      list('emails', 'Mail address', [
        attribute('value', 'Address'),
        attribute('type', 'Kind'),
        attribute('primary', 'Whether it is the one that is kept', { type: 'boolean' }),
      ]),
      list('roles', 'Roles: reader, analyst; admin is given in the console only', [attribute('value', 'Role', { canonicalValues: ['reader', 'analyst'] })]),
    ],
    meta: { resourceType: 'Schema', location: `${origin}${SCIM_ROOT}/Schemas/${USER_SCHEMA}` },
  }
}
