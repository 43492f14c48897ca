import { isIPv4, isIPv6 } from 'node:net'
import { objectOf, OBSERVABLE } from '#exchange/stix/model/shared-properties.ts'
import { fault, type Check, type Rule } from '#exchange/stix/model/fault.ts'
import { ARTIFACT, DIRECTORY, FILE } from '#exchange/stix/model/file-types.ts'
import { ACCOUNT, CERTIFICATE, PROCESS, REGISTRY_KEY } from '#exchange/stix/model/host-types.ts'
import { EMAIL, TRAFFIC } from '#exchange/stix/model/network-types.ts'
import { needed, type Described, type Properties } from '#exchange/stix/model/record.ts'
import { refsTo, refTo } from '#exchange/stix/model/references.ts'
import { hex, integer, language, listOf, name, text } from '#exchange/stix/model/values.ts'
import type { ObservableType } from '#exchange/stix/object-types.ts'

const NO_MAC = fault('must be six pairs of hexadecimal digits with colons between them')
/** The standard asks for lower case; devices print both, so both are read. */
const macAddress: Check = (value) => (typeof value === 'string' && value.length === 17 && isMac(value) ? undefined : NO_MAC)

function isMac(value: string): boolean {
  const pairs = value.split(':')
  return pairs.length === 6 && pairs.every((pair) => pair.length === 2 && hex(pair) === undefined)
}

/** Addresses or networks of one version of IP (sections 6.8, 6.9), unless they say that they were defanged. */
function addressOf(version: 4 | 6): Rule {
  const wrong = fault(`must be an IPv${version} address or network (CIDR)`, 'value')
  const [isAddress, longest] = version === 4 ? [isIPv4, 32] : [isIPv6, 128]
  return ({ value, defanged }) => {
    const [address = '', prefix, ...more] = (value as string).split('/', 3)
    const fits =
      isAddress(address) &&
      more.length === 0 &&
      (prefix === undefined || (String(Number(prefix)) === prefix && Number(prefix) >= 0 && Number(prefix) <= longest))
    return fits || defanged === true ? undefined : wrong
  }
}

const ADDRESS: Properties = { value: needed(name), resolves_to_refs: refsTo('mac-addr'), belongs_to_refs: refsTo('autonomous-system') }

/** Cyber-observable objects (section 6). Values are kept as they were observed: names and URLs are not judged. */
export const OBSERVABLES: Readonly<Record<ObservableType, Check>> = {
  artifact: observable(ARTIFACT),
  'autonomous-system': observable({ properties: { number: needed(integer()), name: text, rir: text } }),
  directory: observable(DIRECTORY),
  'domain-name': observable({ properties: { value: needed(name), resolves_to_refs: refsTo('ipv4-addr', 'ipv6-addr', 'domain-name') } }),
  'email-addr': observable({ properties: { value: needed(name), display_name: text, belongs_to_ref: refTo('user-account') } }),
  'email-message': observable(EMAIL),
  file: observable(FILE),
  'ipv4-addr': observable({ properties: ADDRESS, rules: [addressOf(4)] }),
  'ipv6-addr': observable({ properties: ADDRESS, rules: [addressOf(6)] }),
  'mac-addr': observable({ properties: { value: needed(macAddress) } }),
  mutex: observable({ properties: { name: needed(name) } }),
  'network-traffic': observable(TRAFFIC),
  process: observable(PROCESS),
  software: observable({ properties: { name: needed(name), cpe: text, swid: text, languages: listOf(language), vendor: text, version: text } }),
  url: observable({ properties: { value: needed(name) } }),
  'user-account': observable(ACCOUNT),
  'windows-registry-key': observable(REGISTRY_KEY),
  'x509-certificate': observable(CERTIFICATE),
}

function observable({ properties, rules }: Described): Check {
  return objectOf(OBSERVABLE, properties, rules)
}
